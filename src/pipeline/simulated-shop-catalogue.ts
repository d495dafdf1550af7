/**
 * What the simulated shop sells: its words multiplied out into products with names a person can read,
 * each with a brand and a price. Same random stream, same products.
 */
import { drawOne, type Random } from './simulated-shop-draw.ts';
import { SHOP_WORDS, type TypeWords } from './simulated-shop-words.ts';

export interface ShopProduct {
  readonly id: string; // five digits, leading zeros included
  readonly name: string;
  readonly department: string;
  readonly category: string;
  readonly type: string;
  readonly brand: string;
  readonly priceCents: number;
}

/** Shelved but never sold or looked at, as every shop has one: no interactions, attributes only. */
export const NEVER_SOLD = 'Bird bath, mosaic';

const HOUSE_BRAND = 'Hollow Oak';

/** All products, in the order of the tables. `random` draws brands and prices; it is not asked for names. */
export function buildShopProducts(random: Random): ShopProduct[] {
  const products: ShopProduct[] = [];
  for (const [department, { brands, categories }] of Object.entries(SHOP_WORDS)) {
    const names = brands.split('|');
    for (const [category, types] of Object.entries(categories)) {
      for (const [type, words] of Object.entries(types)) {
        for (const { name, price } of toVariants(words)) {
          const brand = random() < 0.2 ? HOUSE_BRAND : drawOne(names, random);
          const factor = brand === HOUSE_BRAND ? 0.8 : 0.9 + 0.4 * random();
          const id = String(products.length + 1).padStart(5, '0');
          products.push({
            id,
            name,
            department,
            category,
            type,
            brand,
            priceCents: toPriceCents(price * factor),
          });
        }
      }
    }
  }
  return products;
}

function toVariants([price, nouns, variants]: TypeWords): { name: string; price: number }[] {
  return nouns.split('|').flatMap((noun) =>
    variants.split('|').map((variant, i) => {
      const isSize = /^\d/.test(variant);
      // A thing that comes one way only is called by its noun.
      const name = variant === 'standard' ? noun : `${noun}${isSize ? ' ' : ', '}${variant}`;
      return { name, price: isSize ? price * (1 + 0.8 * i) : price };
    }),
  );
}

/** Shops like prices that end in nine. */
const toPriceCents = (euros: number): number => Math.max(5, Math.round(euros * 10)) * 10 - 1;
