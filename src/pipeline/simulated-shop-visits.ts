/**
 * Half a year of visits to the simulated shop: who comes when, for what, and what ends up in the
 * basket. Only + − × ÷ and comparisons are used, so that every engine computes the same shop.
 */
import { NEVER_SOLD, type ShopProduct } from './simulated-shop-catalogue.ts';
import { drawIndex, drawKey, drawOne, type Random } from './simulated-shop-draw.ts';
import {
  PERSONAS,
  type Persona,
  type ShopCustomer,
  SPRING_THEMES,
  THEMES,
} from './simulated-shop-personas.ts';

export interface ShopInteraction {
  readonly customer: ShopCustomer;
  readonly product: ShopProduct;
  readonly type: 'purchase' | 'view';
  readonly timeMs: number;
  readonly basket?: number; // purchases only; numbered from 1 in order of time
  readonly quantity?: number;
  readonly valueCents?: number;
}

const DAYS = 26 * 7;
const DAY_MS = 86_400_000;
/** The night after the last day, 26 weeks from a Monday. */
export const SHOP_END_MS = Date.UTC(2025, 5, 30);
export const SHOP_START_MS = SHOP_END_MS - DAYS * DAY_MS;
const MINUTE_MS = 60_000;
const SPRING_STARTS_WEEK = 9;

/** What the shop is like. Shares and factors; the tests measure what they lead to. */
const HABITS = {
  ownTheme: 0.8, // of baskets have a theme of the persona, the others any theme
  stayedAway: 0.005, // of customers registered and never came
  moreLines: 0.7, // chance of one more line, again and again
  maxLines: 14,
  again: 0.28, // of lines repeat a product the customer has bought before
  stray: 0.06, // of lines have nothing to do with the theme
  secondBasket: 0.15, // of visits lead to a second basket
  lookedAtOnly: 0.4, // chance of one more product looked at and put back
  reduced: 0.1, // of lines cost a fifth less
  viewedBefore: 0.25, // of purchases were looked at first
  favouriteBrand: 2.5, // factor on products of the customer's favourite brand
  spring: { inSeason: 2, outOfSeason: 0.35 },
} as const;

/** The shelf that holds everything. */
const ANY_CATEGORY = '';

interface Shelf {
  readonly products: readonly ShopProduct[];
  /** Weight of each product for a persona: how popular it is × how it suits. */
  readonly weights: ReadonlyMap<Persona, readonly number[]>;
}

interface Line {
  readonly product: ShopProduct;
  readonly quantity: number;
}

/** Interactions in order of time. */
export function buildShopVisits(
  products: readonly ShopProduct[],
  customers: readonly ShopCustomer[],
  random: Random,
): ShopInteraction[] {
  const shelves = buildShelves(products, random);
  const baskets = customers.flatMap((customer) => {
    const { brand } = drawOne(products, random);
    const bought: ShopProduct[] = [];
    return drawBasketTimes(random).map((timeMs) => {
      const theme = drawTheme(customer.persona, timeMs, random);
      const draw = createProductDraw({ shelves, customer, brand, theme, random });
      const lines = drawBasket(draw, bought, random);
      bought.push(...lines.map(({ product }) => product));
      const besides: ShopProduct[] = [];
      while (random() < HABITS.lookedAtOnly) besides.push(draw());
      return { customer, timeMs, lines, besides };
    });
  });
  baskets.sort((a, b) => a.timeMs - b.timeMs);
  const interactions = baskets.flatMap((basket, i) => toInteractions(basket, i + 1, random));
  return interactions.sort((a, b) => a.timeMs - b.timeMs); // stable: the lines of a basket stay together
}

interface Basket {
  readonly customer: ShopCustomer;
  readonly timeMs: number;
  readonly lines: readonly Line[];
  readonly besides: readonly ShopProduct[];
}

/** What was looked at, a few minutes earlier, then what was bought. */
function toInteractions(
  { customer, timeMs, lines, besides }: Basket,
  basket: number,
  random: Random,
): ShopInteraction[] {
  const lookedAt = lines.filter(() => random() < HABITS.viewedBefore).map(({ product }) => product);
  const views = [...lookedAt, ...besides].map((product): ShopInteraction => {
    return { customer, product, type: 'view', timeMs: timeMs - 4 * MINUTE_MS };
  });
  const purchases = lines.map(({ product, quantity }): ShopInteraction => {
    const promotion = random() < HABITS.reduced ? 0.8 : 1;
    const valueCents = Math.round(product.priceCents * quantity * promotion);
    return { customer, product, type: 'purchase', timeMs, basket, quantity, valueCents };
  });
  return [...views, ...purchases];
}

/**
 * Popularity is Zipf's with a flat head: weight 1 / (rank + 6), the ranks a random permutation. The
 * taste of a persona for a product lies between 0.2 and 3, mostly low.
 */
function buildShelves(products: readonly ShopProduct[], random: Random): Map<string, Shelf> {
  const ranks = products.map(() => random());
  const order = products.map((_, i) => i).sort((a, b) => ranks[a]! - ranks[b]!);
  const popularity = new Map(order.map((product, rank) => [products[product]!, 1 / (rank + 6)]));
  const shelves = new Map<string, Shelf>();
  for (const category of [ANY_CATEGORY, ...new Set(products.map((p) => p.category))]) {
    const shelf = products.filter(
      (p) => p.name !== NEVER_SOLD && (category === ANY_CATEGORY || p.category === category),
    );
    const toWeight = (product: ShopProduct): number => {
      const u = random();
      return popularity.get(product)! * (0.2 + 2.8 * u * u);
    };
    const weights = new Map(PERSONAS.map((persona) => [persona, shelf.map(toWeight)]));
    shelves.set(category, { products: shelf, weights });
  }
  return shelves;
}

interface DrawFrom {
  readonly shelves: ReadonlyMap<string, Shelf>;
  readonly customer: ShopCustomer;
  readonly brand: string;
  readonly theme: string;
  readonly random: Random;
}

/** Draws one product: a category of the theme, then a product on its shelf. */
function createProductDraw({ shelves, customer, brand, theme, random }: DrawFrom): () => ShopProduct {
  return () => {
    const category = random() < HABITS.stray ? ANY_CATEGORY : drawKey(THEMES[theme]!, random);
    const { products, weights } = shelves.get(category)!;
    const own = weights.get(customer.persona)!;
    const likely = products.map((p, i) => own[i]! * (p.brand === brand ? HABITS.favouriteBrand : 1));
    return products[drawIndex(likely, random)]!;
  };
}

/** A product appears once in a basket; several of it are a quantity. */
function drawBasket(draw: () => ShopProduct, bought: readonly ShopProduct[], random: Random): Line[] {
  const lines = new Map<ShopProduct, number>();
  do {
    const isAgain = bought.length > 0 && random() < HABITS.again;
    const product = isAgain ? drawOne(bought, random) : draw();
    lines.set(product, drawQuantity(product, random));
  } while (lines.size < HABITS.maxLines && random() < HABITS.moreLines);
  return Array.from(lines, ([product, quantity]) => ({ product, quantity }));
}

/** Cheap things are bought by the handful. */
function drawQuantity({ priceCents }: ShopProduct, random: Random): number {
  return priceCents < 400 && random() < 0.4 ? 2 + Math.floor(3 * random() * random()) : 1;
}

/** Many come once or twice, a few every week; somebody who came late has come less often. */
function drawBasketTimes(random: Random): number[] {
  if (random() < HABITS.stayedAway) return [];
  const u = random();
  const firstDay = Math.floor(random() * random() * DAYS);
  const days = DAYS - firstDay;
  const visits = Array.from({ length: 1 + Math.floor((10 * u * u * days) / DAYS) }, () => {
    const day = firstDay + Math.floor(random() * days);
    const minute = 8 * 60 + Math.floor((random() + random()) * 6 * 60); // from 8 to 20, most around 14
    return SHOP_START_MS + day * DAY_MS + minute * MINUTE_MS;
  });
  return visits
    .sort((a, b) => a - b)
    .flatMap((timeMs) => (random() < HABITS.secondBasket ? [timeMs, timeMs + 20 * MINUTE_MS] : [timeMs]));
}

function drawTheme({ themes }: Persona, timeMs: number, random: Random): string {
  const week = Math.floor((timeMs - SHOP_START_MS) / (7 * DAY_MS));
  const { inSeason, outOfSeason } = HABITS.spring;
  const spring = week >= SPRING_STARTS_WEEK ? inSeason : outOfSeason;
  const pool =
    random() < HABITS.ownTheme ? Object.entries(themes) : Object.keys(THEMES).map((t) => [t, 1] as const);
  const inWeek = pool.map(
    ([theme, weight]) => [theme, SPRING_THEMES.has(theme) ? weight * spring : weight] as const,
  );
  return drawKey(Object.fromEntries(inWeek), random);
}
