/** Property lists as Apple's tools print them with `-plist` (plist(5)): the kinds of values that they use. */

export type PlistValue =
  string | number | boolean | readonly PlistValue[] | { readonly [key: string]: PlistValue };

const entities: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };
const unescape = (text: string): string =>
  text.replace(/&(?:#(\d+)|#x([0-9a-f]+)|(\w+));/gi, (whole, decimal, hex, name: string | undefined) =>
    name === undefined
      ? String.fromCodePoint(parseInt(String(decimal ?? hex), decimal === undefined ? 16 : 10))
      : (entities[name] ?? whole),
  );

interface Token {
  /** `dict`, `/dict`, `string`, … */
  readonly tag: string;
  /** Text between this tag and the next. */
  readonly text: string;
  readonly isEmpty: boolean;
}

class Reader {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(xml: string) {
    this.#tokens = [...xml.matchAll(/<(\/?[a-z]+)(?:\s[^>]*?)?(\/?)>([^<]*)/g)]
      .map(([, tag = '', slash, text = '']) => ({ tag, text, isEmpty: slash === '/' }))
      .filter(({ tag }) => tag !== 'plist' && tag !== '/plist');
  }

  #next(): Token {
    const token = this.#tokens[this.#at];
    if (token === undefined) throw new SyntaxError('the property list ends too early');
    this.#at += 1;
    return token;
  }

  #text({ tag, text, isEmpty }: Token): string {
    if (isEmpty) return '';
    if (this.#next().tag !== `/${tag}`) throw new SyntaxError(`<${tag}> is not closed`);
    return unescape(text);
  }

  value(token = this.#next()): PlistValue {
    switch (token.tag) {
      case 'true':
      case 'false':
        return token.tag === 'true';
      case 'integer':
      case 'real':
        return Number(this.#text(token));
      case 'string':
      case 'date':
      case 'data':
        return this.#text(token);
      case 'array': {
        const values: PlistValue[] = [];
        if (token.isEmpty) return values;
        for (let it = this.#next(); it.tag !== '/array'; it = this.#next()) values.push(this.value(it));
        return values;
      }
      case 'dict': {
        const values: Record<string, PlistValue> = {};
        if (token.isEmpty) return values;
        for (let it = this.#next(); it.tag !== '/dict'; it = this.#next()) {
          if (it.tag !== 'key') throw new SyntaxError(`<${it.tag}> in place of a key`);
          values[this.#text(it)] = this.value();
        }
        return values;
      }
      default:
        throw new SyntaxError(`<${token.tag}> is no value of a property list`);
    }
  }
}

/** Throws SyntaxError for what is none. */
export const parsePlist = (xml: string): PlistValue => new Reader(xml).value();
