/**
 * One seed for all properties: what a change breaks shows with that change, not with whoever runs next. Other
 * examples are drawn by another seed (CONTRIBUTING.md); one that fails is printed small, and belongs in a test.
 */
import fc from 'fast-check';

fc.configureGlobal({ seed: Number(process.env['SHELFWALK_PROPERTY_SEED'] ?? 1) });
