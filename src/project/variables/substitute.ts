/**
 * `${NAME}` in text, replaced as compose does it (compose-go, template/template.go). A `$` that starts no variable stays
 * as it is.
 */

export type Lookup = (name: string) => string | undefined;

export interface Substitution {
  readonly text: string;
  /** Variables without a value and without a default. */
  readonly unset: readonly string[];
}

/** Says why a text with variables cannot be used. */
export class SubstitutionError extends Error {
  override readonly name = 'SubstitutionError';
}

const namePattern = /^[A-Za-z_][A-Za-z0-9_]*/;

/** Throws SubstitutionError if the text is malformed or a required variable is missing. */
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
    const name = namePattern.exec(rest)?.[0];
    if (rest.startsWith('{')) {
      const braced = findBraced(rest.slice(1));
      out += expandBraced(braced.inside, lookup, unset) + expand(braced.after, lookup, unset);
      at = dollar + 2 + braced.length;
    } else if (name !== undefined) {
      out += valueOf(name, lookup, unset);
      at = dollar + 1 + name.length;
    } else {
      out += '$';
      at = dollar + (rest.startsWith('$') ? 2 : 1);
    }
  }
  return out;
}

interface Braced {
  /** `NAME` or `NAME:-word`. */
  readonly inside: string;
  /** Follows the closing brace; it is part of the same match. */
  readonly after: string;
  readonly length: number;
}

/** Reads `NAME}` or `NAME:-word}` at the start of `text`; a word ends on its own line. */
function findBraced(text: string): Braced {
  const head = /^[A-Za-z_][A-Za-z0-9_]*(?:(?=\})|:?[-+?])/.exec(text)?.[0];
  const [line = ''] = text.split('\n', 1);
  const last = line.lastIndexOf('}');
  if (head === undefined || last < head.length) {
    const end = line.indexOf('}');
    throw new SubstitutionError(
      end === -1
        ? `"\${" without "}": write "$\${" for the signs themselves`
        : describeMalformed(line.slice(0, end)),
    );
  }
  if (text.charAt(head.length) === '}' && namePattern.exec(head)?.[0] === head)
    return { inside: head, after: '', length: head.length + 1 };
  const end = closingBrace(text.slice(0, last + 1)) ?? last;
  return { inside: text.slice(0, end), after: text.slice(end + 1, last + 1), length: last + 1 };
}

/** Forms of shells, such as `NAME,,`, `NAME##*.`, `NAME[0]` or `#NAME`. */
const shellForm = /^(?:[A-Za-z_]\w*(?:[,^#%/@[]|:[\s\d])|[#!][A-Za-z_])/;

const describeMalformed = (inside: string): string =>
  shellForm.test(inside)
    ? `"\${${inside}}" is a form that only a shell knows: write $\${${inside}} to leave it to the container's`
    : `"\${${inside}}" is not a variable: write it like \${NAME}, \${NAME:-default} or \${NAME:?message}`;

/**
 * The brace that closes the one before `text`, all braces counted, so that defaults can hold JSON. The character that
 * follows an opening brace never counts, as in compose.
 */
function closingBrace(text: string): number | undefined {
  for (let i = 1, open = 1; i < text.length; i++) {
    const char = text.charAt(i);
    if (char === '}') {
      open -= 1;
      if (open === 0) return i;
    } else if (char === '{') {
      open += 1;
      i += 1;
    }
  }
  return undefined;
}

function expandBraced(inside: string, lookup: Lookup, unset: string[]): string {
  const name = namePattern.exec(inside)?.[0] ?? '';
  const [, operator, word = ''] = /^(:?[-?+])(.*)$/s.exec(inside.slice(name.length)) ?? [];
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
