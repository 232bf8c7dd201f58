import { sanitizeLine } from '../core/sanitize.ts';
import { formatBytes, formatDuration } from '../core/units.ts';
import type { DeviceInfo } from '../device/info.ts';
import type { Output } from './output.ts';

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

function sectionsOf(info: DeviceInfo): [title: string, rows: Row[]][] {
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
        [
          'supervisor',
          identity.supervisor === null ? 'none answers' : (identity.supervisor.version ?? 'answers'),
        ],
      ],
    ],
    ['Storage', storageRows(info)],
    [
      'Operating system',
      [
        ['release', identity.osName],
        ['version', identity.osVersion],
        ['kernel', info.kernel],
        ...(info.components ?? []).map(({ name, version }): Row => [name, version]),
      ],
    ],
    ['Services', (info.units ?? []).map(({ name, state }): Row => [name, state])],
    ['Configuration', configurationRows(info)],
  ];
}

/** A device's facts for a person: sections of label and value; what is not known is left out. */
export function renderInfo(info: DeviceInfo, output: Output): string {
  const sections = sectionsOf(info)
    .map(([title, rows]) => ({ title, rows: rows.filter(([, value]) => value !== null && value !== '') }))
    .filter(({ rows }) => rows.length > 0);
  const width = Math.max(
    ...sections.flatMap(({ rows }) => rows.map(([label]) => sanitizeLine(label).length)),
  );
  return sections
    .map(({ title, rows }) => {
      const lines = rows.map(
        ([label, value]) => `  ${sanitizeLine(label).padEnd(width)}  ${sanitizeLine(value ?? '')}\n`,
      );
      return `${output.styleAnswer('bold', title)}\n${lines.join('')}`;
    })
    .join('\n');
}
