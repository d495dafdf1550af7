/**
 * Who shops in the simulated shop, and what for. A theme is a reason to fill a basket; a persona is a
 * mix of themes. Personas are the hidden truth: they shape what is bought and are never imported.
 */

import { drawIndex, drawOne, type Random } from './simulated-shop-draw.ts';

/** Category → weight within a basket of this theme. */
type ThemeWeights = Readonly<Record<string, number>>;

export const THEMES: Readonly<Record<string, ThemeWeights>> = {
  'weekly shop': {
    Breakfast: 2,
    'Pasta and rice': 2,
    Fruit: 3,
    Vegetables: 3,
    Dairy: 3,
    Cheese: 1,
    'Juice and water': 2,
    'Paper and bags': 1,
  },
  'breakfast table': { Breakfast: 3, 'Coffee and tea': 3, Dairy: 2, Fruit: 1 },
  'dinner at home': {
    'Pasta and rice': 2,
    'Spices and oils': 3,
    Vegetables: 3,
    Cheese: 2,
    'Meat and fish': 2,
    'Beer and wine': 1,
  },
  'curry night': { 'World kitchen': 4, 'Spices and oils': 3, Vegetables: 2, 'Meat and fish': 1 },
  'new pan': { Cookware: 4, 'Spices and oils': 1, Tableware: 1 },
  'baking day': { Baking: 5, Bakeware: 3, Dairy: 2, Fruit: 1 },
  'baby supplies': { 'Baby care': 4, 'Baby food': 4, Laundry: 1, 'Paper and bags': 1 },
  'birthday party': { Toys: 4, Snacks: 2, 'Juice and water': 1, "Kids' clothing": 2 },
  'race training': { Running: 4, 'Sports nutrition': 4, 'First aid': 1, Fitness: 1 },
  'gym week': { Fitness: 3, 'Sports nutrition': 3, Fruit: 1 },
  'long weekend outside': { 'Hiking and camping': 4, 'First aid': 1, Snacks: 1, 'Sports nutrition': 1 },
  'bike repair': { Cycling: 5, 'Hand tools': 1, 'Sports nutrition': 1 },
  'sowing and planting': { 'Seeds and bulbs': 4, 'Pots and soil': 3, 'Garden tools': 2 },
  'garden in summer': {
    Watering: 3,
    'Garden tools': 2,
    'Pots and soil': 2,
    Wildlife: 2,
    'Seeds and bulbs': 1,
  },
  barbecue: { Barbecue: 4, 'Meat and fish': 3, 'Beer and wine': 3, Snacks: 1, Vegetables: 1 },
  'table for eight': { Tableware: 3, 'Beer and wine': 3, Decoration: 2, Cheese: 2 },
  'paint a room': { Paint: 5, Fixings: 2, Lighting: 1, Decoration: 1 },
  'put up shelves': { 'Hand tools': 3, Fixings: 4, Lighting: 1 },
  'new flat': { 'Home textiles': 3, Tableware: 2, Decoration: 2, Lighting: 2, Cleaning: 1 },
  dog: { Dog: 6, Cleaning: 1 },
  cat: { Cat: 6, 'Paper and bags': 1 },
  'desk set-up': { 'Computer accessories': 4, Stationery: 3, Sound: 2, 'Coffee and tea': 1 },
  'exam week': { Stationery: 3, Snacks: 4, 'Juice and water': 2, 'Coffee and tea': 1, Sound: 1 },
  'evening for yourself': { 'Skin care': 4, 'Make-up': 3, 'Hair care': 3, Decoration: 1 },
  'clean house': { Cleaning: 4, Laundry: 3, 'Paper and bags': 2, 'Oral care': 1 },
};

/** Themes that belong to spring: rare in winter, frequent from March on. */
export const SPRING_THEMES: ReadonlySet<string> = new Set([
  'sowing and planting',
  'garden in summer',
  'barbecue',
  'bike repair',
]);

export interface Persona {
  readonly name: string;
  /** Share of customers. The shares add up to 1. */
  readonly share: number;
  /** Theme → weight. What a persona does not name happens to it by chance only. */
  readonly themes: Readonly<Record<string, number>>;
}

export const PERSONAS: readonly Persona[] = [
  {
    name: 'young family',
    share: 0.13,
    themes: { 'baby supplies': 5, 'birthday party': 3, 'weekly shop': 2 },
  },
  {
    name: 'home cook',
    share: 0.12,
    themes: { 'dinner at home': 5, 'curry night': 3, 'new pan': 2, 'weekly shop': 1 },
  },
  { name: 'weekend baker', share: 0.08, themes: { 'baking day': 7, 'breakfast table': 2, 'weekly shop': 1 } },
  { name: 'runner', share: 0.08, themes: { 'race training': 6, 'gym week': 3, 'weekly shop': 1 } },
  {
    name: 'hiker and cyclist',
    share: 0.07,
    themes: { 'long weekend outside': 5, 'bike repair': 4, 'breakfast table': 1 },
  },
  {
    name: 'gardener',
    share: 0.09,
    themes: { 'sowing and planting': 5, 'garden in summer': 4, 'weekly shop': 1 },
  },
  { name: 'host', share: 0.08, themes: { barbecue: 5, 'table for eight': 4, 'clean house': 1 } },
  { name: 'renovator', share: 0.07, themes: { 'paint a room': 4, 'put up shelves': 4, 'new flat': 2 } },
  { name: 'dog owner', share: 0.07, themes: { dog: 7, 'long weekend outside': 1, 'weekly shop': 2 } },
  { name: 'cat owner', share: 0.06, themes: { cat: 7, 'clean house': 2, 'breakfast table': 1 } },
  { name: 'student', share: 0.08, themes: { 'exam week': 6, 'desk set-up': 3, 'new flat': 1 } },
  {
    name: 'beauty fan',
    share: 0.07,
    themes: { 'evening for yourself': 7, 'clean house': 1, 'breakfast table': 2 },
  },
];

const REGIONS = ['North', 'South', 'East', 'West', 'Coast', 'Hills'] as const;

const FIRST_NAMES =
  'Ada|Ahmed|Alma|Anton|Aoife|Bela|Carla|Chidi|Clara|Daan|Dilara|Elif|Emil|Erik|Esther|Farid|Finn|Freya|Greta|Hana|Hugo|Ines|Ivan|Jonas|Julia|Kofi|Lars|Lena|Luis|Maja|Marek|Mei|Milan|Nadia|Noah|Nora|Oskar|Paul|Priya|Rosa|Samir|Selma|Theo|Tove|Vera|Viktor|Yuki|Zoe'.split(
    '|',
  );
const LAST_NAMES =
  "Abel|Aydin|Bauer|Berg|Conti|Costa|Dahl|Diallo|Eder|Evans|Ferrer|Fischer|Garcia|Gruber|Haas|Hansen|Horvat|Ito|Jansen|Kaya|Keller|Kim|Kovac|Lang|Lindqvist|Lopez|Maier|Marino|Moreau|Murphy|Nagy|Novak|O'Brien|Okafor|Olsen|Patel|Petrov|Quist|Rossi|Sato|Schmid|Silva|Singh|Sousa|Tran|Urban|Visser|Weber|Yilmaz|Zeman".split(
    '|',
  );

export interface ShopCustomer {
  readonly id: string;
  readonly name: string;
  readonly region: (typeof REGIONS)[number];
  readonly persona: Persona;
}

/** Regions are drawn apart from personas: a trait that says nothing about taste. */
export function buildShopCustomers(count: number, random: Random): ShopCustomer[] {
  return Array.from({ length: count }, (_, i) => {
    const name = `${drawOne(FIRST_NAMES, random)} ${drawOne(LAST_NAMES, random)}`;
    return {
      id: `c-${String(i + 1).padStart(4, '0')}`,
      name,
      region: drawOne(REGIONS, random),
      persona: drawPersona(random),
    };
  });
}

function drawPersona(random: Random): Persona {
  const shares = PERSONAS.map(({ share }) => share);
  return PERSONAS[drawIndex(shares, random)]!;
}
