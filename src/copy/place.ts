import { OsError } from '../core/errors.ts';

/** One end of a copy as a person names it. */
export type Place =
  | { readonly kind: 'local'; readonly path: string }
  /** `-`: this program's stdin or stdout. */
  | { readonly kind: 'stream' }
  | {
      readonly kind: 'device';
      /** undefined: the device that commands without one mean. */
      readonly device: string | undefined;
      /** undefined: its host. */
      readonly service: string | undefined;
      /** Absolute; may be a pattern in a source. */
      readonly path: string;
    };

const refuse = (text: string, why: string, hint: string): OsError =>
  new OsError('usage', `${JSON.stringify(text)}: ${why}`, { hint });

/** The device's part, with an optional port, and what follows its colon; undefined where no colon counts. */
function splitDevice(text: string): { readonly device: string; readonly rest: string } | undefined {
  const bracketed = /^(\[[^\]/]*\](?::\d{1,5}(?=:))?):(.*)$/s.exec(text);
  if (bracketed !== null) return { device: bracketed[1] ?? '', rest: bracketed[2] ?? '' };
  const named = /^([^:/]*(?::\d{1,5}(?=:))?):(.*)$/s.exec(text);
  return named === null ? undefined : { device: named[1] ?? '', rest: named[2] ?? '' };
}

/**
 * Reads `PATH`, `-`, `DEVICE:/path` or `DEVICE:SERVICE:/path`. A colon counts only before the first slash, so that `./a:b`
 * is a file of this machine; so is a Windows drive, `C:\x`. Throws OsError `usage`.
 */
export function parsePlace(text: string): Place {
  if (text === '-') return { kind: 'stream' };
  if (text === '') throw refuse(text, 'no path', 'name a file, or DEVICE:/path');
  // Node has put U+FFFD in the place of bytes that are not UTF-8, so nobody knows which they were.
  if (text.includes('\uFFFD'))
    throw refuse(
      text,
      'not valid UTF-8, which a name on the command line has to be',
      'copy the directory that has it, or a pattern on a device: such names in it are kept',
    );
  const split = /^[A-Za-z]:[\\/]/.test(text) && process.platform === 'win32' ? undefined : splitDevice(text);
  if (split === undefined || /^[./\\~]/.test(text)) return { kind: 'local', path: text };
  const { device, rest } = split;
  const local = `a file of this machine is ./${text}`;
  const [, service, path = ''] = /^([^:/]+):(.*)$/s.exec(rest) ?? [undefined, undefined, rest];
  if (!path.startsWith('/'))
    throw refuse(
      text,
      'a path on a device begins with /',
      `e.g. ${device}:${service === undefined ? '' : `${service}:`}/${path}; ${local}`,
    );
  if (path.includes('\0')) throw refuse(text, 'a zero byte', local);
  return { kind: 'device', device: device === '' ? undefined : device, service, path };
}

/** A path apart from what its end says. */
export interface PathEnd {
  /** Without slashes and `/.` at its end. */
  readonly path: string;
  /** True for `DIR/`, `.` and `..`: what is copied goes into it under its own name. */
  readonly isInto: boolean;
  /** True for `DIR/.`: the contents of DIR. */
  readonly isContents: boolean;
}

export function readPathEnd(text: string): PathEnd {
  const isContents = /(^|\/)\.\/*$/.test(text) && !/^\.\/*$/.test(text);
  const path = text.replace(/\/\.\/*$/, '').replace(/(?<=.)\/+$/, '');
  const last = path.split('/').at(-1) ?? '';
  const isInto = text.endsWith('/') || /^\.\.?$/.test(last);
  return { path: path === '' ? '/' : path, isInto: isInto || isContents, isContents };
}

export const isPattern = (path: string): boolean => /[*?[]/.test(path);
