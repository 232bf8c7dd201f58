import { compositionRows } from '../os-composition.ts';
import { sanitizeLine } from '../../core/sanitize.ts';
import { formatBytes, formatDuration } from '../../core/units.ts';
import type { DeviceInfo } from '../../device/info.ts';
import type { FullInfo } from '../../reach/info/read-info.ts';
import type { SupervisorMode } from '../../supervisor/mode/supervisor-mode.ts';
import { wrapAnswer, type Output } from '../output.ts';

type Row = readonly [label: string, value: string | null];

const yesNo = (isTrue: boolean, yes: string, no: string): string => (isTrue ? yes : no);

function engineText({ identity, engine }: DeviceInfo): string {
  if (identity.engine === null) return 'not reachable (its port is closed)';
  const { port, version, apiVersion } = identity.engine;
  const containers = engine?.containers;
  return [
    `${version ?? 'unknown version'}, API ${apiVersion ?? 'unknown'}, port ${port.toString()}`,
    engine?.storageDriver ?? null,
    containers
      ? `${containers.running.toString()} of ${containers.total.toString()} containers running`
      : null,
  ]
    .filter(part => part !== null)
    .join(', ');
}

function storageRows({ storage }: DeviceInfo): Row[] {
  return (storage ?? []).map(({ mountPoint, sizeBytes, usedBytes, availableBytes }): Row => [
    mountPoint,
    `${formatBytes(usedBytes)} used of ${formatBytes(sizeBytes)}, ${formatBytes(availableBytes)} free`,
  ]);
}

function configurationRows({ configuration }: DeviceInfo): Row[] {
  return Object.entries(configuration ?? {}).map(([key, value]): Row => [
    key === 'isManaged' ? 'managed' : key,
    typeof value === 'string' ? value : JSON.stringify(value),
  ]);
}

const modes: Record<SupervisorMode, string> = {
  none: 'none',
  down: 'down',
  unmanaged: 'unmanaged, local mode on',
  'local-mode': 'local mode on',
  'local-mode-off': 'local mode off',
  'local-mode-left': 'unmanaged, local mode left',
};

/** `19.0.5, local mode on (config.json not checked)` */
function supervisorText({
  identity: { supervisor },
  supervisorContainer,
  supervisorMode: { mode, unknown },
}: FullInfo): string {
  const found = supervisor?.version ?? supervisorContainer?.version ?? null;
  const version = found !== null ? [found] : supervisor === null ? [] : ['unknown version'];
  const known = mode === undefined ? 'mode unknown' : modes[mode];
  const open = unknown.length === 0 ? '' : ` (${unknown.join(' and ')} not checked)`;
  return `${[...version, known].join(', ')}${open}`;
}

function sectionsOf(info: FullInfo): [title: string, rows: Row[]][] {
  const { identity, memory } = info;
  return [
    [
      'Device',
      [
        ['name', identity.hostname],
        ['address', info.address],
        ['uuid', identity.uuid],
        ['type', identity.deviceType],
        ['architecture', identity.arch],
        ['variant', identity.variant],
        ['uptime', info.uptimeS === null ? null : formatDuration(info.uptimeS * 1000)],
        [
          'memory',
          memory && `${formatBytes(memory.availableBytes)} available of ${formatBytes(memory.totalBytes)}`,
        ],
        ['ssh', yesNo(identity.isSshOpen, 'open', 'not reachable')],
        ['engine', engineText(info)],
        ['supervisor', supervisorText(info)],
      ],
    ],
    ['Storage', storageRows(info)],
    [
      'Operating system',
      [
        ['release', identity.osName],
        ['version', identity.osVersion],
        ...(info.composition === null ? [] : compositionRows(info.composition)).map(
          ([label, value = null]): Row => [label, value],
        ),
        ['kernel', info.kernel],
        ...(info.components ?? []).map(({ name, version }): Row => [name, version]),
      ],
    ],
    ['Services', (info.units ?? []).map(({ name, state }): Row => [name, state])],
    ['Configuration', configurationRows(info)],
  ];
}

/** Renders a device's facts for a person: sections of label and value, without unknown ones. */
export function renderInfo(info: FullInfo, output: Output): string {
  const sections = sectionsOf(info)
    .map(([title, rows]) => ({ title, rows: rows.filter(([, value]) => value !== null && value !== '') }))
    .filter(({ rows }) => rows.length > 0);
  const width = Math.max(
    ...sections.flatMap(({ rows }) => rows.map(([label]) => sanitizeLine(label).length)),
  );
  return sections
    .map(({ title, rows }) => {
      const lines = rows.map(
        ([label, value]) =>
          `${wrapAnswer(output, `  ${sanitizeLine(label).padEnd(width)}  ${sanitizeLine(value ?? '')}`, 4)}\n`,
      );
      return `${output.styleAnswer('bold', title)}\n${lines.join('')}`;
    })
    .join('\n');
}
