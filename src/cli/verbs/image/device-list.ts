import { OsError } from '../../../core/errors.ts';
import type { ConfigurationText } from './read-configuration.ts';

/** One device of a list: its configuration, and the values that the name of its image may have in it. */
export interface ListedDevice {
  readonly text: ConfigurationText;
  readonly columns: Readonly<Record<string, string>>;
}

/** A cell in quotation marks, each of its own doubled, or one without, which is as it stands; and what ends it. */
const cellForm = /(?:"((?:[^"]|"")*)"[ \t]*|((?!")[^,\n]*))(,|\r?\n|$)/y;

function refuseCell(csv: string, at: number): OsError {
  const line = csv.slice(0, at).split('\n').length.toString();
  const isClosed = /^"(?:[^"]|"")*"/.test(csv.slice(at));
  const why = isClosed
    ? 'after a quoted cell there is something else than a comma'
    : 'a quotation mark is not closed';
  return new OsError('usage', `line ${line} of the list of devices: ${why}`, {
    hint: 'write a cell with a comma, a line break or a quotation mark at its beginning as "…", with each " in it doubled',
  });
}

/** The cells of a CSV file (RFC 4180), without empty lines. Throws OsError `usage`. */
export function parseCsv(text: string): readonly (readonly string[])[] {
  const csv = text.replace(/^\ufeff/, '');
  const rows: string[][] = [[]];
  for (let at = 0; at <= csv.length;) {
    cellForm.lastIndex = at;
    const match = cellForm.exec(csv);
    if (match === null) throw refuseCell(csv, at);
    const [, quoted, plain = '', end] = match;
    rows.at(-1)?.push(quoted?.replaceAll('""', '"') ?? plain.trim());
    if (end === '') break;
    if (end !== ',') rows.push([]);
    at = cellForm.lastIndex;
  }
  return rows.filter(cells => cells.some(cell => cell !== ''));
}

/** Throws OsError `usage` if it is unclear which column a cell belongs to. */
function checkColumns(header: readonly string[], rows: readonly (readonly string[])[]): void {
  header.forEach((name, place) => {
    if (name === '' && rows.some(cells => (cells[place] ?? '') !== ''))
      throw new OsError('usage', `column ${(place + 1).toString()} of the list of devices has no name`);
    if (name !== '' && header.indexOf(name) !== place)
      throw new OsError('usage', `the list of devices has two columns ${JSON.stringify(name)}`);
  });
}

/**
 * The devices of a CSV file, whose first line names the columns: `hostname`, `wifi`, `wifi-passphrase`, `ssh-key`,
 * `ethernet`, or a key of config.json. An empty cell leaves what `common` says.
 */
export function readDeviceList(csv: string, common: ConfigurationText): readonly ListedDevice[] {
  const [header = [], ...rows] = parseCsv(csv);
  if (rows.length === 0)
    throw new OsError('usage', 'the list of devices is empty', {
      hint: 'begin it with a line of columns such as hostname,wifi,wifi-passphrase',
    });
  checkColumns(header, rows);
  return rows.map((cells, index) => {
    if (cells.length > header.length)
      throw new OsError('usage', `device ${(index + 1).toString()} of the list has more cells than columns`);
    const columns = Object.fromEntries(header.map((name, place) => [name, cells[place] ?? '']));
    const cell = (name: string): string | undefined => (columns[name] === '' ? undefined : columns[name]);
    const known = new Set(['hostname', 'wifi', 'wifi-passphrase', 'ssh-key', 'ethernet']);
    const keys = header.filter(name => !known.has(name) && cell(name) !== undefined);
    const sshKey = cell('ssh-key');
    return {
      columns,
      text: {
        ...common,
        hostname: cell('hostname') ?? common.hostname,
        wifi: cell('wifi') ?? common.wifi,
        wifiPassphrase: cell('wifi-passphrase') ?? common.wifiPassphrase,
        ethernet: cell('ethernet') ?? common.ethernet,
        sshKeys: [...(common.sshKeys ?? []), ...(sshKey === undefined ? [] : [sshKey])],
        set: [...(common.set ?? []), ...keys.map(name => `${name}=${columns[name] ?? ''}`)],
      },
    };
  });
}

/** `template` with each `{column}` replaced by the device's value. Throws OsError `usage` for a column that is missing. */
export const fillTemplate = (template: string, columns: Readonly<Record<string, string>>): string =>
  template.replace(/\{([^{}]+)\}/g, (_, name: string) => {
    const value = Object.hasOwn(columns, name) ? columns[name] : undefined;
    if (value === undefined || value === '' || /[/\\\0]/.test(value))
      throw new OsError('usage', `the list of devices has no ${name} that a file can be named by`);
    return value;
  });
