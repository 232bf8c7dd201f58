/** `${NAME}` in text, as compose replaces it. */

export type Lookup = (name: string) => string | undefined;

export interface Substitution {
  readonly text: string;
  /** Asked for without a default, and not set. */
  readonly unset: readonly string[];
}

/** What is wrong with a text that holds variables. */
export class SubstitutionError extends Error {
  override readonly name = 'SubstitutionError';
}

const namePattern = /^[A-Za-z_][A-Za-z0-9_]*/;

/** Throws SubstitutionError where the text is malformed or a required variable is missing. */
export function substitute(text: string, lookup: Lookup): Substitution {
  const unset: string[] = [];
  return { text: expand(text, lookup, unset), unset };
}

function expand(text: string, lookup: Lookup, unset: string[]): string {
  let out = '';
  for (let at = 0; at < text.length;) {
    const dollar = text.indexOf('$', at);
    if (dollar === -1) return out + text.slice(at);
    out += text.slice(at, dollar);
    const rest = text.slice(dollar + 1);
    if (rest.startsWith('$')) {
      out += '$';
      at = dollar + 2;
    } else if (rest.startsWith('{')) {
      const end = closingBrace(text, dollar + 2);
      out += expandBraced(text.slice(dollar + 2, end), lookup, unset);
      at = end + 1;
    } else {
      const name = namePattern.exec(rest)?.[0];
      if (name === undefined)
        throw new SubstitutionError('a "$" that starts no variable: write "$$" for the sign itself');
      out += valueOf(name, lookup, unset);
      at = dollar + 1 + name.length;
    }
  }
  return out;
}

function closingBrace(text: string, start: number): number {
  for (let i = start, depth = 0; i < text.length; i++) {
    if (text.startsWith('${', i)) depth += 1;
    else if (text.charAt(i) === '}') {
      if (depth === 0) return i;
      depth -= 1;
    }
  }
  throw new SubstitutionError('"${" without "}"');
}

function expandBraced(inside: string, lookup: Lookup, unset: string[]): string {
  const name = namePattern.exec(inside)?.[0];
  const [, operator, word = ''] = /^(:?[-?+])(.*)$/s.exec(inside.slice(name?.length ?? 0)) ?? [];
  if (name === undefined || (operator === undefined && inside !== name))
    throw new SubstitutionError(
      `"\${${inside}}" is not a variable: write it like \${NAME}, \${NAME:-default} or \${NAME:?message}`,
    );
  if (operator === undefined) return valueOf(name, lookup, unset);
  const value = lookup(name);
  const isGiven = value !== undefined && (value !== '' || !operator.startsWith(':'));
  switch (operator.slice(-1)) {
    case '-':
      return isGiven ? value : expand(word, lookup, unset);
    case '+':
      return isGiven ? expand(word, lookup, unset) : '';
    default: {
      if (isGiven) return value;
      const message = expand(word, lookup, unset);
      throw new SubstitutionError(`the variable ${name} is required${message === '' ? '' : `: ${message}`}`);
    }
  }
}

function valueOf(name: string, lookup: Lookup, unset: string[]): string {
  const value = lookup(name);
  if (value === undefined) unset.push(name);
  return value ?? '';
}
