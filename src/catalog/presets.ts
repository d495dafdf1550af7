/**
 * Layouts that are known by name: which files a folder holds, and what their columns mean. Their traps
 * (lists in cells, codes that look like numbers, orders out of file order) are handled here, by name.
 */
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { ShelfwalkError } from '../base/errors.ts';
import { type InteractionPlan, withoutEmpty } from './interactions-plan.ts';
import { toInstacartSteps } from './preset-instacart.ts';
import { idRules, listRules, type Rule } from './rules.ts';
import { FieldList } from './stage.ts';
import { type Step, toEntityStep, toInteractionStep, toPlannedStep } from './step.ts';
import { type AttributeMapping, type ImportSource, PRESETS, type PresetName } from './types.ts';

type PresetSource = Extract<ImportSource, { kind: 'preset' }>;

/** Files of a folder by the names a preset knows them under; a missing one is undefined. */
export type FindFile = (...names: string[]) => string | undefined;

interface Preset {
  readonly options: readonly string[];
  /** For messages. */
  readonly files: readonly string[];
  toSteps(find: FindFile, options: Readonly<Record<string, boolean>>): Step[];
}

const TABLE: Readonly<Record<PresetName, Preset>> = {
  product2vec: { options: [], files: ['user_products.csv', 'product_info.csv'], toSteps: toProduct2vecSteps },
  instacart: {
    options: [],
    files: [
      'orders.csv',
      'order_products__prior.csv',
      'order_products__train.csv',
      'products.csv',
      'aisles.csv',
      'departments.csv',
    ],
    toSteps: toInstacartSteps,
  },
  sessions: { options: ['anyImage'], files: ['sessions.txt', 'catalog.csv'], toSteps: toSessionSteps },
};

/**
 * Steps of a preset, catalogue before interactions. `path` is a folder, or one of its files: then only
 * that one is imported. Every name may end in .gz, and a file may be gzipped without saying so.
 *
 * @throws ShelfwalkError IMPORT_FILE_MISSING · IMPORT_MAPPING_INVALID — an option the preset does not know
 */
export async function toPresetSteps(source: PresetSource): Promise<Step[]> {
  const { path, options = {} } = source;
  const preset = TABLE[source.preset];
  if (!preset) {
    throw new ShelfwalkError('IMPORT_MAPPING_INVALID', {
      field: 'preset',
      found: source.preset,
      expected: PRESETS,
    });
  }
  const unknown = Object.keys(options).find((name) => !preset.options.includes(name));
  if (unknown !== undefined) {
    throw new ShelfwalkError('IMPORT_MAPPING_INVALID', {
      field: 'options',
      found: unknown,
      expected: preset.options,
    });
  }
  const facts = await stat(path).catch((cause: unknown) => {
    throw new ShelfwalkError(
      'IMPORT_FILE_MISSING',
      { file: path, expected: `a folder with ${preset.files.join(', ')}` },
      { cause },
    );
  });
  const folder = facts.isDirectory() ? path : dirname(path);
  const names = (await readdir(folder)).sort();
  const find: FindFile = (...wanted) => {
    const name = wanted.flatMap((one) => [one, `${one}.gz`]).find((one) => names.includes(one));
    return name === undefined ? undefined : join(folder, name);
  };
  const steps = preset.toSteps(find, options);
  const chosen = facts.isDirectory() ? steps : keepFile(steps, basename(path));
  if (chosen.length > 0) return chosen;
  throw new ShelfwalkError('IMPORT_FILE_MISSING', {
    file: path,
    found: names.slice(0, 20),
    expected: preset.files,
  });
}

function keepFile(steps: readonly Step[], name: string): Step[] {
  const kept = steps.filter((step) => basename(step.path) === name);
  const needed = steps.filter((step) => step.lookupFor?.some((other) => kept.includes(other)));
  return [...needed, ...kept.filter((step) => !needed.includes(step))];
}

/** user_products.csv: one customer a row, the products a quoted comma list. product_info.csv: sports as codes. */
function toProduct2vecSteps(find: FindFile): Step[] {
  const steps: Step[] = [];
  const info = find('product_info.csv');
  if (info) {
    const sport: AttributeMapping = { kind: 'sport', column: 'sport_id', codes: true, label: 'sport_label' };
    steps.push(
      toEntityStep({
        path: info,
        format: 'csv',
        table: 'products',
        note: { preset: 'product2vec' },
        mapping(columns) {
          const label = columns.includes('sport_group_label') ? 'sport_group_label' : undefined;
          const group: AttributeMapping = {
            kind: 'sport_group',
            column: 'sport_group_id',
            codes: true,
            label,
          };
          const attributes = columns.includes('sport_group_id') ? [sport, group] : [sport];
          return { id: 'product_id', name: 'product_label', attributes };
        },
      }),
    );
  }
  const lists = find('user_products.csv');
  if (lists) {
    const mapping = { customer: 'user_id', product: 'product_id', productSplit: ',' };
    steps.push(toInteractionStep({ path: lists, format: 'csv' }, mapping));
  }
  return steps;
}

/** sessions.txt: `id<TAB>sku<TAB>sku…`, no header. catalog.csv: sku, name, target, image. */
function toSessionSteps(find: FindFile, { anyImage = false }: Readonly<Record<string, boolean>>): Step[] {
  const steps: Step[] = [];
  const catalog = find('catalog.csv');
  if (catalog) {
    const target: AttributeMapping = { kind: 'target', column: 'target', codes: true };
    steps.push(
      toEntityStep({
        path: catalog,
        format: 'csv',
        table: 'products',
        note: { preset: 'sessions', anyImage },
        mapping: () => ({ id: 'sku', name: 'name', attributes: [target] }),
        extraRules: anyImage ? undefined : toImageRules,
      }),
    );
  }
  const sessions = find('sessions.txt');
  if (sessions) {
    steps.push(
      toPlannedStep({
        path: sessions,
        format: 'lines',
        mapping: { preset: 'sessions' },
        plan: toSessionPlan,
      }),
    );
  }
  return steps;
}

/** The shop's own rule: what has no photograph is not for sale. `anyImage` turns it off. */
function toImageRules(list: FieldList): Rule[] {
  const image = list.add('image');
  const when = `NOT coalesce(regexp_matches(lower(trim(${image.sql})), '\\.jpg$'), false)`;
  return [
    {
      reason: 'image-not-jpg',
      column: 'image',
      when,
      found: image.sql,
      expected: 'an address that ends in .jpg',
    },
  ];
}

/** A session is a customer and a basket at once; repeats in it are real, and its order is kept. */
function toSessionPlan(): InteractionPlan {
  const list = new FieldList();
  const cells = list.add('line', '\t');
  return {
    type: 'view',
    fields: list.fields,
    computed: [
      { name: 'customer', sql: `nullif(${cells.list}[1], '')` },
      { name: 'products', sql: withoutEmpty(`${cells.list}[2:]`) },
    ],
    rules: [
      ...idRules('customer', { column: 'session', sql: 'customer' }).map((rule) => ({
        ...rule,
        found: cells.sql,
      })),
      ...listRules('product', { column: 'products', sql: cells.sql }, 'products'),
    ],
    outputs: [
      { name: 'customer', sql: 'customer' },
      { name: 'products', sql: 'products' },
      { name: 'gaps', sql: `len(${cells.list}) - 1 - len(products)` },
      { name: 'basket', sql: 'customer' },
    ],
    orderedLists: true,
  };
}
