/**
 * Edits of JSON text. An edit preserves all bytes outside of the paths it names: order, indentation, numbers, unknown
 * keys.
 */
import { findNode, parseJson, type JsonNode } from './json-document.ts';

type ObjectNode = Extract<JsonNode, { readonly kind: 'object' }>;

/** A value's path runs through something that is no object. */
export class NotAnObjectError extends Error {
  override readonly name = 'NotAnObjectError';
  readonly path: readonly string[];

  constructor(path: readonly string[]) {
    super(`${path.length === 0 ? 'the document' : path.join('.')} is not an object`);
    this.path = path;
  }
}

const replace = (text: string, start: number, end: number, by: string): string =>
  text.slice(0, start) + by + text.slice(end);

/** The blanks between the opening brace and the first key; undefined for an empty object. */
function leadOf(text: string, object: ObjectNode): string | undefined {
  const first = object.members[0];
  return first && text.slice(object.start + 1, first.start);
}

/** Returns one step of indentation, e.g. two blanks; empty if the document is written on one line. */
function indentOf(text: string, root: JsonNode): string {
  const lead = root.kind === 'object' ? leadOf(text, root) : undefined;
  return lead?.includes('\n') === true ? lead.slice(lead.lastIndexOf('\n') + 1) : '';
}

const lineIndent = (text: string, offset: number): string =>
  /^[ \t]*/.exec(text.slice(text.lastIndexOf('\n', offset - 1) + 1, offset))?.[0] ?? '';

/** `value` as JSON in the style of the document, its further lines below a line that is indented by `outer`. */
function render(value: unknown, step: string, outer: string): string {
  const plain = JSON.stringify(value, undefined, step);
  return step === '' ? plain : plain.replaceAll('\n', `\n${outer}`);
}

/** Returns the text between a key and its value in this document, e.g. `: `. */
function separatorOf(text: string, root: JsonNode): string {
  const first = root.kind === 'object' ? root.members[0] : undefined;
  if (first === undefined) return ': ';
  const keyLength = /^"(?:[^"\\]|\\.)*"/.exec(text.slice(first.start))?.[0].length ?? 0;
  return text.slice(first.start + keyLength, first.value.start);
}

function insertMember(text: string, root: JsonNode, object: ObjectNode, key: string, value: unknown): string {
  const step = indentOf(text, root);
  const outer = lineIndent(text, object.start);
  const lead = leadOf(text, object) ?? (step === '' ? '' : `\n${outer}${step}`);
  const inner = lead.includes('\n') ? lead.slice(lead.lastIndexOf('\n') + 1) : outer;
  const member = JSON.stringify(key) + separatorOf(text, root) + render(value, step, inner);
  const last = object.members.at(-1);
  if (last !== undefined) {
    // Members on one line are separated like the first two; a single one shows no separator.
    const second = object.members[1];
    const first = object.members[0];
    const between =
      lead.includes('\n') || first === undefined
        ? `,${lead}`
        : second === undefined
          ? separatorOf(text, root).endsWith(' ')
            ? ', '
            : ','
          : text.slice(first.value.end, second.start);
    return replace(text, last.value.end, last.value.end, between + member);
  }
  const tail = lead.includes('\n') ? `\n${outer}` : '';
  return replace(text, object.start, object.end, `{${lead}${member}${tail}}`);
}

/**
 * Returns the text with `value` at `path`; creates missing objects on the way. Throws NotAnObjectError,
 * JsonSyntaxError.
 */
export function setJson(text: string, path: readonly string[], value: unknown): string {
  const root = parseJson(text);
  for (let depth = 0; depth < path.length; depth++) {
    const object = findNode(root, path.slice(0, depth));
    if (object?.kind !== 'object') throw new NotAnObjectError(path.slice(0, depth));
    const [key = ''] = path.slice(depth);
    const present = findNode(object, [key]);
    const rest = path.slice(depth + 1);
    if (present === undefined) {
      const nested = rest.reduceRight<unknown>((inner, name) => Object.fromEntries([[name, inner]]), value);
      return insertMember(text, root, object, key, nested);
    }
    if (rest.length === 0) {
      const rendered = render(value, indentOf(text, root), lineIndent(text, present.start));
      return replace(text, present.start, present.end, rendered);
    }
  }
  return replace(text, root.start, root.end, render(value, '', ''));
}

/**
 * Returns the text without the member at `path`, every one of that key; unchanged if there is none. Throws
 * JsonSyntaxError.
 */
export function unsetJson(text: string, path: readonly string[]): string {
  const key = path.at(-1);
  const object = findNode(parseJson(text), path.slice(0, -1));
  if (key === undefined || object?.kind !== 'object') return text;
  const index = object.members.findLastIndex(member => member.key === key);
  const member = object.members[index];
  if (member === undefined) return text;
  const [before, after] = [object.members[index - 1], object.members[index + 1]];
  const shorter =
    before !== undefined
      ? replace(text, before.value.end, member.value.end, '')
      : after !== undefined
        ? replace(text, member.start, after.start, '')
        : replace(text, object.start, object.end, '{}');
  return unsetJson(shorter, path);
}

/** Returns the parsed value at `path`; undefined if there is none. Throws JsonSyntaxError. */
export function getJson(text: string, path: readonly string[]): unknown {
  const node = findNode(parseJson(text), path);
  return node === undefined ? undefined : (JSON.parse(text.slice(node.start, node.end)) as unknown);
}
