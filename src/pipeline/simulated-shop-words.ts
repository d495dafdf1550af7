/**
 * The words of the simulated shop: departments, categories and types with their nouns and variants,
 * written by hand. Longer than 300 lines because it is a table; simulated-shop-catalogue.ts multiplies it out.
 */

/**
 * One type of product: the price of its first variant in euros, its nouns, its variants. Products are
 * all pairs of the two; a variant that starts with a digit is a size and costs more the later it stands.
 */
export type TypeWords = readonly [price: number, nouns: string, variants: string];

export interface DepartmentWords {
  readonly brands: string; // invented, as are the products
  readonly categories: Readonly<Record<string, Readonly<Record<string, TypeWords>>>>;
}

export const SHOP_WORDS: Readonly<Record<string, DepartmentWords>> = {
  Pantry: {
    brands: 'Mill & Meadow|Casa Lume|Nordhafen|Tante Frieda|Saffron Road',
    categories: {
      Breakfast: {
        'Oats and muesli': [1.9, 'Oat flakes|Crunchy muesli|Nut muesli|Rye flakes', '500 g|1 kg'],
        'Spreads and honey': [3.2, 'Blossom honey|Hazelnut spread|Apricot jam|Raspberry jam', '350 g|700 g'],
      },
      'Pasta and rice': {
        Pasta: [1.3, 'Spaghetti|Penne|Tagliatelle|Fusilli', '500 g|1 kg'],
        'Rice and grains': [2.1, 'Basmati rice|Risotto rice|Couscous', '500 g|1 kg'],
        'Pasta sauces': [2.4, 'Tomato sauce with basil|Arrabbiata sauce|Green pesto|Red pesto', '190 g'],
      },
      Baking: {
        'Flour and sugar': [1.2, 'Wheat flour|Spelt flour|Caster sugar|Brown sugar', '1 kg'],
        'Baking aids': [0.9, 'Baking powder|Dry yeast|Vanilla sugar|Gelatine leaves', '4 sachets'],
        'Chocolate and nuts for baking': [
          2.3,
          'Dark chocolate drops|Ground almonds|Chopped hazelnuts',
          '200 g',
        ],
      },
      'Spices and oils': {
        'Oils and vinegar': [4.5, 'Olive oil|Rapeseed oil|Balsamic vinegar', '500 ml|1 l'],
        Spices: [
          2.2,
          'Smoked paprika|Ground cumin|Black peppercorns|Cinnamon sticks|Sea salt flakes|Saffron threads',
          '60 g',
        ],
      },
      'World kitchen': {
        'Curry and lentils': [2.6, 'Red lentils|Chickpeas|Coconut milk|Green curry paste', '400 g'],
        'Noodles and miso': [2.4, 'Ramen noodles|Rice noodles|Miso paste|Dried shiitake', '250 g'],
      },
      Snacks: {
        Crisps: [1.8, 'Sea salt crisps|Paprika crisps|Tortilla chips', '150 g|300 g'],
        Biscuits: [1.6, 'Butter biscuits|Oat biscuits|Chocolate wafers', '200 g|400 g'],
        'Quick meals': [1.1, 'Instant noodles|Instant soup|Mashed potato|Macaroni cheese', '70 g|140 g'],
      },
    },
  },
  Fresh: {
    brands: 'Greenlea|Alpenhof|Riverside Farm|Little Dairy',
    categories: {
      Fruit: {
        'Everyday fruit': [1.9, 'Apples|Bananas|Pears|Oranges|Lemons', '1 kg'],
        Berries: [2.9, 'Strawberries|Blueberries|Raspberries', '250 g'],
      },
      Vegetables: {
        'Root vegetables': [1.3, 'Carrots|Potatoes|Onions|Beetroot', '1 kg'],
        'Salad and herbs': [1.5, 'Rocket|Baby spinach|Basil in a pot|Flat-leaf parsley', '100 g'],
        'Summer vegetables': [2.2, 'Cherry tomatoes|Courgettes|Aubergines|Red peppers', '500 g'],
      },
      Dairy: {
        'Milk and cream': [1.2, 'Whole milk|Oat drink|Whipping cream', '500 ml|1 l'],
        'Butter and eggs': [2.5, 'Salted butter|Unsalted butter|Free-range eggs', '1 pack'],
        Yoghurt: [1.4, 'Plain yoghurt|Greek yoghurt|Strawberry yoghurt', '150 g|500 g'],
      },
      Cheese: {
        'Soft cheese': [2.7, 'Mozzarella|Feta|Goat cheese|Crème fraîche', '150 g'],
        'Hard cheese': [3.9, 'Parmesan|Mountain cheese|Gouda', '200 g|400 g'],
      },
      'Meat and fish': {
        'For the grill': [5.4, 'Pork sausages|Lamb chops|Marinated chicken|Halloumi skewers', '400 g'],
        'For the pan': [6.5, 'Salmon fillet|Minced beef|Chicken breast|Prawns|Firm tofu', '300 g'],
      },
    },
  },
  Drinks: {
    brands: 'Kettle & Crane|Brunnental|Orchard Lane|Vieille Cave',
    categories: {
      'Coffee and tea': {
        Coffee: [5.9, 'Espresso beans|Filter coffee|Decaf coffee', '250 g|1 kg'],
        Tea: [2.9, 'Green tea|Earl Grey|Peppermint tea|Rooibos', '20 bags|50 bags'],
      },
      'Juice and water': {
        Juice: [2.2, 'Orange juice|Apple juice|Carrot juice', '200 ml|1 l'],
        Water: [0.8, 'Sparkling water|Still water|Elderflower lemonade', '1 l'],
        'Energy drinks': [1.3, 'Energy drink|Cold brew coffee|Mate lemonade|Cola', '330 ml'],
      },
      'Beer and wine': {
        Beer: [1.2, 'Pale ale|Wheat beer|Alcohol-free lager', '500 ml|6 bottles'],
        Wine: [6.9, 'Riesling|Pinot noir|Rosé|Sparkling wine', '750 ml'],
      },
    },
  },
  Household: {
    brands: 'Brightwater|Klarhaus|Fold & Co',
    categories: {
      Cleaning: {
        Cleaners: [2.6, 'All-purpose cleaner|Glass cleaner|Bathroom cleaner|Descaler', '750 ml|2 l'],
        'Cloths and brushes': [2.1, 'Microfibre cloth|Dish brush|Floor mop|Scouring sponges', '1 pack'],
      },
      Laundry: {
        Detergent: [5.4, 'Colour detergent|Wool detergent|Baby detergent', '1 l|2 l'],
        'Drying and ironing': [6.5, 'Clothes pegs|Drying rack|Ironing board cover', 'standard'],
      },
      'Paper and bags': {
        Paper: [3.1, 'Kitchen roll|Toilet paper|Tissues', '4 pack|8 pack'],
        Bags: [2.2, 'Bin bags|Freezer bags|Baking paper', '1 roll'],
      },
    },
  },
  'Baby and kids': {
    brands: 'Pebble & Pip|Kleiner Bär|Sunny Steps|Tumble',
    categories: {
      'Baby care': {
        Nappies: [8.9, 'Nappies size 2|Nappies size 3|Nappies size 4', '40 pieces|80 pieces'],
        Wipes: [1.9, 'Baby wipes|Sensitive baby wipes|Baby oil|Nappy cream', '1 pack'],
      },
      'Baby food': {
        Jars: [
          1.1,
          'Carrot purée|Apple and pear purée|Pasta with vegetables|Banana and oat purée',
          '120 g|190 g',
        ],
        'Milk and porridge': [7.4, 'Infant milk|Follow-on milk|Oat porridge for babies', '600 g'],
      },
      Toys: {
        Building: [14.9, 'Wooden blocks|Marble run|Toy train set', '50 pieces|100 pieces'],
        'Soft toys': [9.9, 'Plush bear|Plush rabbit|Plush fox', 'small|large'],
        'Games and crafts': [
          6.9,
          'Finger paints|Memory game|Modelling clay|Colouring book',
          'animals|vehicles',
        ],
      },
      "Kids' clothing": {
        'Rain wear': [24.9, "Kids' rain jacket|Kids' rain trousers", 'yellow|navy|red'],
        'Everyday wear': [9.9, "Kids' T-shirt|Kids' leggings|Kids' pyjamas", 'stripes|stars'],
      },
    },
  },
  Garden: {
    brands: 'Fernwood|Erdreich|Spade & Sparrow|Tom Thistle',
    categories: {
      'Seeds and bulbs': {
        'Vegetable seeds': [2.2, 'Tomato seeds|Lettuce seeds|Radish seeds|Pumpkin seeds', '1 packet'],
        'Flower seeds': [2.2, 'Sunflower seeds|Poppy seeds|Wildflower mix|Sweet pea seeds', '1 packet'],
      },
      'Garden tools': {
        'Digging tools': [17.9, 'Garden spade|Garden fork|Hand trowel', 'ash handle|steel handle'],
        'Cutting tools': [15.9, 'Secateurs|Hedge shears|Pruning saw|Garden gloves', 'standard'],
      },
      Watering: {
        Hoses: [16.9, 'Garden hose|Flat hose|Soaker hose', '15 m|30 m'],
        'Cans and sprinklers': [9.9, 'Watering can|Lawn sprinkler|Hose spray gun', 'green|zinc'],
      },
      'Pots and soil': {
        Pots: [5.9, 'Terracotta pot|Balcony planter|Hanging basket', '20 cm|30 cm'],
        'Soil and feed': [4.9, 'Potting compost|Tomato feed|Lawn fertiliser', '5 l|20 l'],
      },
      Barbecue: {
        Grilling: [7.9, 'Charcoal|Wood briquettes|Beech chips', '3 kg|10 kg'],
        'Grill tools': [12.9, 'Grill tongs|Grill brush|Kettle barbecue|Skewer set', 'standard'],
      },
      Wildlife: {
        'Bird care': [8.9, 'Nesting box|Bird feeder|Bird bath', 'plain|mosaic'],
      },
    },
  },
  'Sport and outdoor': {
    brands: 'Fellpace|Kestrel|Rund & Roll|Drei Zinnen|Tarn',
    categories: {
      Running: {
        'Running shoes': [89, 'Road running shoes|Trail running shoes', 'blue|black|coral'],
        'Running wear': [24.9, 'Running shirt|Running shorts|Running socks|Wind vest', 'black|lime'],
        'Running gear': [14.9, 'Running belt|Head torch|Foam roller|Reflective band', 'standard'],
      },
      Cycling: {
        'Bike parts': [7.9, 'Inner tube|Bike chain|Brake pads|Chain oil|Puncture kit', 'standard'],
        'Bike gear': [29.9, 'Bike helmet|Bike lights|Bike pump|Pannier bag', 'black|white'],
      },
      'Hiking and camping': {
        Hiking: [39.9, 'Trekking poles|Day pack|Hiking boots|Rain cape', 'grey|green'],
        Camping: [29.9, 'Sleeping bag|Camping mat|Two-person tent|Enamel mug', 'green|sand'],
      },
      Fitness: {
        'Home gym': [14.9, 'Resistance band|Kettlebell|Skipping rope|Yoga mat', 'light|heavy'],
      },
      'Sports nutrition': {
        'Bars and gels': [1.6, 'Energy gel|Protein bar|Oat and date bar', 'lemon|cocoa'],
        'Powders and drinks': [12.9, 'Electrolyte tablets|Whey protein|Recovery drink', 'berry|vanilla'],
      },
    },
  },
  'Home and kitchen': {
    brands: 'Atelier Rue|Copper & Clay|Stilleben|Hearthside',
    categories: {
      Cookware: {
        'Pots and pans': [29.9, 'Frying pan|Saucepan|Casserole', '20 cm|28 cm'],
        'Knives and boards': [19.9, "Chef's knife|Bread knife|Chopping board|Knife sharpener", 'standard'],
      },
      Bakeware: {
        Tins: [9.9, 'Springform tin|Loaf tin|Muffin tin|Tart tin', '20 cm|26 cm'],
        'Baking tools': [6.9, 'Rolling pin|Whisk|Dough scraper|Piping bag|Cookie cutters', 'standard'],
      },
      Tableware: {
        'Plates and bowls': [5.9, 'Dinner plate|Cereal bowl|Coffee mug', 'speckled|sea blue|white'],
        Glasses: [4.9, 'Wine glass|Water tumbler|Beer glass', '2 pieces|6 pieces'],
      },
      'Home textiles': {
        Bedding: [29.9, 'Duvet cover|Pillowcase|Fitted sheet', 'linen grey|sage'],
        'Towels and throws': [12.9, 'Bath towel|Hand towel|Wool throw', 'ochre|white'],
      },
      Decoration: {
        'Candles and frames': [7.9, 'Beeswax candle|Picture frame|Glass vase', 'small|large'],
        Posters: [
          14.9,
          'Poster "Harvest, early morning"|Poster "Sea, grey"|Poster "Night train"',
          '50 × 70 cm',
        ],
      },
    },
  },
  DIY: {
    brands: 'Ironbark|Wandmeister|Boltworks',
    categories: {
      Paint: {
        'Wall paint': [19.9, 'Wall paint white|Wall paint sand|Wall paint sage', '2.5 l|5 l'],
        'Painting tools': [4.9, 'Paint roller|Flat brush|Masking tape|Dust sheet|Paint tray', 'standard'],
      },
      'Hand tools': {
        'Basic tools': [14.9, 'Claw hammer|Screwdriver set|Spirit level|Tape measure|Hand saw', 'standard'],
        'Power tools': [59, 'Cordless drill|Orbital sander|Jigsaw', '12 V|18 V'],
      },
      Fixings: {
        'Screws and plugs': [3.9, 'Wood screws|Wall plugs|Angle brackets', '50 pieces|200 pieces'],
        'Glue and filler': [4.9, 'Wood glue|Wall filler|Silicone sealant|Sandpaper|Varnish', '1 pack'],
      },
      Lighting: {
        Bulbs: [3.9, 'LED bulb warm white|LED bulb daylight|LED spot', '5 W|9 W|12 W'],
      },
    },
  },
  Pets: {
    brands: 'Waggle|Pfote|Whisker & Co',
    categories: {
      Dog: {
        'Dog food': [3.4, 'Dog food with beef|Dog food with turkey|Puppy food', '800 g|4 kg'],
        'Dog gear': [11.9, 'Dog lead|Dog collar|Rope toy|Dog blanket', 'small|large'],
      },
      Cat: {
        'Cat food': [1.2, 'Cat food with salmon|Cat food with chicken|Kitten food', '85 g|1.5 kg'],
        'Cat gear': [8.9, 'Cat litter|Scratching post|Feather wand|Cat basket|Cat flap', 'standard'],
      },
    },
  },
  'Office and tech': {
    brands: 'Deskwell|Voltaire|Papierhaus|Klick',
    categories: {
      Stationery: {
        'Paper and notebooks': [3.9, 'Dotted notebook|Lined notebook|Printer paper|Index cards', 'A4|A5'],
        Pens: [2.4, 'Gel pen|Highlighter|Mechanical pencil', 'blue|black'],
      },
      'Computer accessories': {
        'Desk gear': [24.9, 'Wireless mouse|Keyboard|Laptop stand|Webcam', 'graphite|silver'],
        'Cables and power': [9.9, 'USB-C cable|Power strip|HDMI cable', '1 m|2 m'],
      },
      Sound: {
        Headphones: [39.9, 'Over-ear headphones|In-ear headphones|Bluetooth speaker', 'black|sand'],
      },
    },
  },
  'Health and beauty': {
    brands: 'Lumière|Bare Meadow|Doctor Finch|Seaglass',
    categories: {
      'Skin care': {
        'Face care': [8.9, 'Day cream|Night cream|Cleansing gel|Face serum', 'sensitive|dry skin'],
        'Sun care': [7.9, 'Sun cream SPF 30|Sun cream SPF 50|After-sun lotion', '75 ml|200 ml'],
      },
      'Hair care': {
        Washing: [3.4, 'Shampoo|Conditioner|Hair mask|Hair oil', 'repair|volume'],
      },
      'Make-up': {
        Colour: [6.9, 'Lipstick|Nail polish|Blusher', 'rosewood|cherry|nude'],
      },
      'First aid': {
        'Plasters and care': [
          3.2,
          'Plasters|Blister plasters|Muscle balm|Kinesiology tape|Cooling pads',
          '1 pack',
        ],
      },
      'Oral care': {
        Teeth: [2.4, 'Toothpaste|Toothbrush|Dental floss|Mouthwash|Tongue cleaner', 'standard'],
      },
    },
  },
};
