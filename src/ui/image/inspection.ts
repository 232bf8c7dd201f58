import { compositionRows } from '../os-composition.ts';
import { sanitizeLine } from '../../core/sanitize.ts';
import { formatBytes } from '../../core/units.ts';
import type { BootFacts } from '../../image/inspect/boot-facts.ts';
import type { InspectedPartition } from '../../image/inspect/inspect-image.ts';
import type { Inspection } from '../../image/inspect/inspection.ts';
import type { Output } from '../output.ts';
import { tableLine } from '../table.ts';
import { drawPartitions, sizeOrUnknown, withGaps, type Stretch } from './partition-map.ts';

const widestMap = 100;
const columnWidths = [3, 16, 10, 9, 9, 9] as const;

/** The first of `texts` that is not empty. */
const firstText = (...texts: readonly (string | undefined)[]): string | undefined =>
  texts.find(text => text !== undefined && text !== '');

const nameOf = ({ role, number, name, fileSystem }: InspectedPartition): string =>
  sanitizeLine(role ?? firstText(fileSystem?.label, name) ?? number.toString());

function usedShare({ fileSystem }: InspectedPartition): number | undefined {
  const { sizeBytes, freeBytes } = fileSystem ?? {};
  return sizeBytes === undefined || freeBytes === undefined || sizeBytes === 0
    ? undefined
    : (sizeBytes - freeBytes) / sizeBytes;
}

/** One row about a partition; all rows are equally wide, so that later ones fit below earlier ones. */
export function renderPartition(partition: InspectedPartition): string {
  const { number, sizeBytes, fileSystem } = partition;
  const free = fileSystem?.freeBytes;
  const whole = fileSystem?.sizeBytes;
  const used = free === undefined || whole === undefined ? '' : formatBytes(whole - free);
  const notes = [
    fileSystem === undefined ? 'outside of the image' : undefined,
    fileSystem?.isClean === false ? 'not unmounted' : undefined,
    fileSystem?.problem,
  ].filter(note => note !== undefined);
  const label = sanitizeLine(firstText(fileSystem?.label, partition.name) ?? '-');
  return [
    tableLine(
      [
        number.toString(),
        label,
        fileSystem?.kind ?? '?',
        formatBytes(sizeBytes),
        used,
        free === undefined ? '' : formatBytes(free),
      ],
      columnWidths,
    ),
    ...notes.map(sanitizeLine),
  ].join('  ');
}

function pairs(rows: readonly (readonly [string, string | undefined])[]): string[] {
  const known = rows.filter((row): row is readonly [string, string] => row[1] !== undefined && row[1] !== '');
  const width = Math.max(0, ...known.map(([key]) => key.length));
  return known.map(([key, value]) => `  ${key.padEnd(width)}  ${sanitizeLine(value)}`);
}

function renderOs({ os, isFlasher, splash, connections }: BootFacts): string[] {
  const board = [os.deviceType, os.deviceName === undefined ? undefined : `(${os.deviceName})`];
  return pairs([
    ['OS', [os.name, os.version].filter(part => part !== undefined).join(' ')],
    ['variant', os.variant],
    ['device type', board.filter(part => part !== undefined).join(' ')],
    ['architecture', os.arch],
    [
      'kind',
      isFlasher
        ? 'flasher: installs the OS onto the internal storage of the device'
        : 'runs from this medium',
    ],
    ...compositionRows(os),
    ['connections', connections.length === 0 ? 'none' : connections.join(', ')],
    ['splash', splash === undefined ? 'none' : `${splash.path} (${formatBytes(splash.sizeBytes)})`],
  ]);
}

const renderConfig = (config: Readonly<Record<string, unknown>>): string[] =>
  pairs(
    Object.entries(config).map(([key, value]) => [
      key,
      typeof value === 'string' ? value : JSON.stringify(value),
    ]),
  );

const toStretches = ({ partitions, unread }: Inspection): readonly Stretch[] => [
  ...partitions.map(partition => ({
    name: nameOf(partition),
    startBytes: partition.startBytes,
    sizeBytes: partition.sizeBytes,
    usedShare: usedShare(partition),
  })),
  ...unread.map(part => ({ ...part, name: sanitizeLine(part.name), usedShare: undefined })),
];

/** Renders an inspection for a person: the OS, its configuration, faults, the map, and a row for each partition. */
export function renderInspection(inspection: Inspection, output: Output): string {
  const { path, format, fileBytes, sizeBytes, table, partitions, boot, problems } = inspection;
  const size =
    format === 'raw'
      ? formatBytes(fileBytes)
      : `${formatBytes(fileBytes)} as ${format}, ${sizeOrUnknown(sizeBytes)} unpacked`;
  const bold = (text: string): string => output.styleAnswer('bold', text);
  const stretches = toStretches(inspection);
  const ends = stretches.map(({ startBytes, sizeBytes: length }) => startBytes + length);
  const header = tableLine(['#', 'LABEL', 'TYPE', 'SIZE', 'USED', 'FREE'], columnWidths);
  return [
    `${bold(sanitizeLine(path))}  ${size}, ${table.kind.toUpperCase()}`,
    ...(boot === undefined
      ? ['  no partition is labelled resin-boot, balena-boot or flash-boot: this is not an image of the OS']
      : renderOs(boot)),
    ...(boot?.config === undefined ? [] : ['', bold('config.json'), ...renderConfig(boot.config)]),
    ...(problems.length === 0
      ? []
      : ['', bold('problems'), ...problems.map(problem => `  ${sanitizeLine(problem)}`)]),
    '',
    ...drawPartitions(
      withGaps(stretches, sizeBytes ?? Math.max(0, ...ends)),
      Math.min(output.columns(), widestMap),
    ),
    '',
    header,
    ...partitions.map(renderPartition),
    '',
  ].join('\n');
}
