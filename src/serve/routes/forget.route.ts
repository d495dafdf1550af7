/** Customers who are deleted, or forgotten: then with a receipt, which can be read again. */
import { z } from 'zod';
import { type ForgetDeps, forgetCustomer, readReceipt } from '../../pipeline/forget-customer.ts';
import type { Workspace } from '../../pipeline/workspace.ts';
import { refuseRejected } from '../entries.ts';
import { defineRoute, type Route, type RouteInput } from '../route.ts';
import { booleanQuery, idParams, noParams } from '../schemas.ts';

const deleted = z.strictObject({
  type: z.enum(['product', 'customer']),
  id: z.string(),
  watermark: z.number().int().describe('grows with every change of the catalog'),
});

const receipt = z.strictObject({
  receiptId: z.string(),
  at: z.string(),
  digest: z.string().describe('SHA-256 of the id of the customer'),
  watermark: z.number().int().describe('of the change by which the customer was forgotten'),
  versionsAffected: z
    .array(z.string())
    .readonly()
    .describe('that had a row of the customer then, or were being made and have one since'),
  versionsLeft: z
    .array(z.string())
    .readonly()
    .describe(
      'not deleted yet: of these, and of any made since of what was read before; the row is in their files, and in no answer',
    ),
  refreshJob: z.string().optional().describe('the job that trains a version without the customer'),
});

export interface ForgetRouteDeps {
  readonly catalog: Workspace['catalog'];
  readonly versions: ForgetDeps['workspace']['versions'];
  readonly queueRefresh?: ForgetDeps['queueRefresh'];
  readonly isPublishing?: ForgetDeps['isPublishing'];
}

export const forgetRoutes = ({ queueRefresh, isPublishing, ...workspace }: ForgetRouteDeps): Route[] => [
  defineRoute({
    method: 'delete',
    path: '/v1/customers/:id',
    tag: 'customers',
    summary:
      'One customer less, with interactions, edges and traits; events do not bring them back. forget: no trace of the id is left',
    scope: 'write',
    idempotent: true,
    params: idParams('customers'),
    query: z.strictObject({
      forget: booleanQuery
        .default(false)
        .describe(
          'also out of the list of what was deleted, with a receipt that names the versions affected',
        ),
    }),
    response: z.union([deleted, receipt]).describe('a receipt where the customer was to be forgotten'),
    errors: ['NODE_UNKNOWN', 'REQUEST_UNPROCESSABLE'],
    handle: ({
      params: { id },
      query: { forget },
      idempotency,
    }): Promise<z.infer<typeof deleted | typeof receipt>> =>
      forget
        ? forgetCustomer({ workspace, queueRefresh, isPublishing }, id, { idempotency })
        : deleteOne(workspace.catalog, { type: 'customer', id }, idempotency),
  }),
  defineRoute({
    method: 'get',
    path: '/v1/receipts/:receiptId',
    tag: 'customers',
    summary: 'Receipt of a customer who was forgotten, and which versions are left',
    scope: 'read',
    params: z.strictObject({ receiptId: z.string().min(1).max(200) }),
    query: noParams,
    response: receipt,
    errors: ['RECEIPT_UNKNOWN'],
    handle: ({ params: { receiptId } }) => readReceipt(workspace, receiptId),
  }),
];

export async function deleteOne(
  catalog: Workspace['catalog'],
  { type, id }: { readonly type: 'product' | 'customer'; readonly id: string },
  idempotency: RouteInput<unknown, unknown, unknown>['idempotency'],
): Promise<z.infer<typeof deleted>> {
  const written = await catalog.changeEntities(type, [{ op: 'delete', id }], { idempotency });
  refuseRejected(written, { type, id });
  return { type, id, watermark: written.watermark };
}
