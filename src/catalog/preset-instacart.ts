/**
 * The Instacart layout: order lines name an order, orders name a customer, and the order of things is
 * order_number, then add_to_cart_order — never the order of the file, in which orders come by id.
 */
import { applyNames, toNamesPlan } from './entity-plan.ts';
import { DEFAULT_TYPE, type InteractionPlan } from './interactions-plan.ts';
import type { FindFile } from './presets.ts';
import { type Cell, idRules, missingRule, numberRule, type Rule, toNumber } from './rules.ts';
import { FieldList, type StagePlan } from './stage.ts';
import { type Step, toEntityStep, toPlannedStep } from './step.ts';

/** The published files have two underscores, copies made by hand often one. */
const LINE_FILES = [
  ['order_products__prior.csv', 'order_products_prior.csv'],
  ['order_products__train.csv', 'order_products_train.csv'],
] as const;

export function toInstacartSteps(find: FindFile): Step[] {
  const steps: Step[] = [];
  const products = find('products.csv');
  if (products) steps.push(toProductStep(products));
  for (const kind of ['aisle', 'department'] as const) {
    const path = find(`${kind}s.csv`);
    if (path) steps.push(toNamesStep(path, kind));
  }
  const lines: Step[] = LINE_FILES.flatMap((names) => {
    const path = find(...names);
    return path ? [toLinesStep(path, products !== undefined)] : [];
  });
  const orders = find('orders.csv');
  if (orders) return [...steps, toOrdersStep(orders, lines), ...lines];
  return steps;
}

const toProductStep = (path: string): Step =>
  toEntityStep({
    path,
    format: 'csv',
    table: 'products',
    note: { preset: 'instacart' },
    mapping: () => ({
      id: 'product_id',
      name: 'product_name',
      attributes: [
        { kind: 'aisle', column: 'aisle_id', codes: true },
        { kind: 'department', column: 'department_id', codes: true },
      ],
    }),
  });

const toNamesStep = (path: string, kind: 'aisle' | 'department'): Step => ({
  kind: 'attributes',
  path,
  format: 'csv',
  mapping: { preset: 'instacart', kind },
  plan: () => toNamesPlan(`${kind}_id`, kind),
  apply: (session) => applyNames(session, kind),
});

/** orders.csv adds nothing by itself: it is the bridge from order lines to customers. */
function toOrdersStep(path: string, lookupFor: readonly Step[]): Step {
  return {
    kind: 'interactions',
    path,
    format: 'csv',
    mapping: { preset: 'instacart' },
    lookupFor,
    plan: toOrdersPlan,
    async apply(session) {
      await session.run(`CREATE OR REPLACE TEMP TABLE instacart_orders AS SELECT order_id, user_id, order_number
        FROM staged WHERE rule = 0 QUALIFY row_number() OVER (PARTITION BY order_id ORDER BY line DESC) = 1`);
      const [row] = await session.rows<{
        repeated: number;
      }>(`SELECT ((SELECT count(*) FROM staged WHERE rule = 0)
        - (SELECT count(*) FROM instacart_orders))::DOUBLE AS repeated`);
      return row!.repeated > 0 ? [`${row!.repeated} rows repeat an order_id; the last one counts`] : [];
    },
  };
}

function toOrdersPlan(): StagePlan {
  const list = new FieldList();
  const order = list.add('order_id');
  const user = list.add('user_id');
  const number = list.add('order_number');
  return {
    fields: list.fields,
    computed: [{ name: 'order_number', sql: toNumber(number.sql) }],
    rules: [
      ...idRules('order', order),
      ...idRules('customer', user),
      missingRule('order-number', number),
      numberRule('order-number', number, 'order_number'),
    ],
    outputs: [
      { name: 'order_id', sql: order.sql },
      { name: 'user_id', sql: user.sql },
      { name: 'order_number', sql: 'order_number' },
    ],
  };
}

function toLinesStep(path: string, productsKnown: boolean): Step {
  return toPlannedStep({
    path,
    format: 'csv',
    mapping: { preset: 'instacart' },
    plan: () => toLinesPlan(productsKnown),
  });
}

/** @param productsKnown there is a products.csv, so a product that is not in it is a mistake */
function toLinesPlan(productsKnown: boolean): InteractionPlan {
  const list = new FieldList();
  const order = list.add('order_id');
  const product = list.add('product_id');
  const place = list.add('add_to_cart_order');
  return {
    type: DEFAULT_TYPE,
    fields: list.fields,
    join: `LEFT JOIN instacart_orders AS orders ON orders.order_id = file.${order.sql}
      ${productsKnown ? `LEFT JOIN products AS known ON known.id = file.${product.sql}` : ''}`,
    computed: [{ name: 'unknown_product', sql: productsKnown ? 'known.key IS NULL' : 'false' }],
    rules: toLineRules(order, product, place),
    outputs: [
      { name: 'customer', sql: 'user_id' },
      { name: 'product', sql: product.sql },
      { name: 'ordering', sql: 'order_number' },
      { name: 'basket', sql: order.sql },
      { name: 'place', sql: `try_cast(${place.sql} AS BIGINT)` },
    ],
  };
}

/** `user_id` comes from orders.csv, `unknown_product` from products.csv. */
function toLineRules(order: Cell, product: Cell, place: Cell): Rule[] {
  return [
    ...idRules('order', order),
    {
      reason: 'order-unknown',
      column: 'order_id',
      when: 'user_id IS NULL',
      found: order.sql,
      expected: 'an order_id of orders.csv',
    },
    ...idRules('product', product),
    {
      reason: 'product-unknown',
      column: 'product_id',
      when: 'unknown_product',
      found: product.sql,
      expected: 'a product_id of products.csv',
    },
    {
      reason: 'cart-position-not-a-number',
      column: 'add_to_cart_order',
      when: `try_cast(${place.sql} AS INTEGER) IS NULL`,
      found: place.sql,
      expected: 'a whole number',
    },
  ];
}
