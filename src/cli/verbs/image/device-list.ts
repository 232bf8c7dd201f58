import { OsError } from '../../../core/errors.ts';
import type { ConfigurationText } from './read-configuration.ts';

/** One device of a list: its configuration, and the values that the name of its image may have in it. */
export interface ListedDevice {
  readonly text: ConfigurationText;
  readonly columns: Readonly<Record<string, string>>;
}

/** The cells of a CSV file (RFC 4180), without empty lines. */
export function parseCsv(text: string): readonly (readonly string[])[] {
  const rows: string[][] = [];
  for (const line of text.replace(/^\ufeff/, '').matchAll(/(?:"(?:[^"]|"")*"|[^"\n])+/g)) {
    const cells = [...line[0].replace(/\r$/, '').matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(
      ([, quoted, plain]) => (quoted?.replaceAll('""', '"') ?? plain ?? '').trim(),
    );
    if (cells.some(cell => cell !== '')) rows.push(cells);
  }
  return rows;
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
    const value = columns[name];
    if (value === undefined || value === '' || /[/\\\0]/.test(value))
      throw new OsError('usage', `the list of devices has no ${name} that a file can be named by`);
    return value;
  });
