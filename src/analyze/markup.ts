/**
 * HTML and SVG by template: whatever is put in is escaped, for ids and names come from files of others;
 * only what a template has made goes in as it is.
 */

/** Text that is safe to stand in a page. Made by `markup` alone. */
export class Markup {
  readonly #text: string;

  constructor(strings: readonly string[], children: readonly Child[]) {
    this.#text = strings.reduce((text, part, i) => text + toText(children[i - 1]) + part);
  }

  toString(): string {
    return this.#text;
  }
}

export type Child = Markup | string | number | undefined | false | readonly Child[];

/** `` markup`<td>${name}</td>` ``; lists are joined, what is undefined or false leaves nothing. */
export const markup = (strings: TemplateStringsArray, ...children: readonly Child[]): Markup =>
  new Markup(strings, children);

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function toText(child: Child): string {
  if (child === undefined || child === false) return '';
  if (child instanceof Markup) return child.toString();
  if (typeof child === 'object') return child.map(toText).join('');
  return String(child).replace(/[&<>"']/g, (character) => ENTITIES[character]!);
}
