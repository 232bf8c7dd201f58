/** Usage of the host, from its files in /proc, which a loop on the device prints once a second. */
import { rateOf, type HostUsage } from './usage.ts';

/** The line that ends a sample. */
const sampleEnd = 'os-top-sample';

/** The loop. It ends with its connection: what it prints has no reader then. */
export const hostScript = `while :; do
cat /proc/uptime /proc/loadavg /proc/stat /proc/meminfo; echo net; cat /proc/net/dev; echo disks; cat /proc/diskstats
for d in /sys/block/*; do [ -e $d/device ] && echo "disk \${d##*/}"; done
echo ${sampleEnd}; sleep 1; done 2>/dev/null`;

/** A sample of a host with hundreds of CPUs and disks is shorter; what is longer is none. */
const mostLetters = 512 * 1024;

/** The samples in what the host prints. */
export async function* splitSamples(printed: AsyncIterable<Buffer>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of printed) {
    text += decoder.decode(chunk, { stream: true });
    const samples = text.split(`${sampleEnd}\n`);
    text = samples.pop() ?? '';
    yield* samples;
    if (text.length > mostLetters) text = text.slice(-sampleEnd.length);
  }
}

export interface HostSample {
  /** By the device's monotonic clock. */
  readonly uptimeS: number;
  /** Ticks of all CPUs: busy, and all. */
  readonly busyTicks: number;
  readonly allTicks: number;
  readonly cpus: number;
  readonly memoryBytes: number | null;
  readonly memoryTotalBytes: number | null;
  readonly load: number | null;
  readonly receivedBytes: number | null;
  readonly sentBytes: number | null;
  readonly readBytes: number | null;
  readonly writtenBytes: number | null;
}

const sectorBytes = 512;
/** Interfaces whose bytes another one counts too. */
const isInner = (name: string): boolean => /^(?:lo|veth|br-|docker|balena|resin|supervisor)/.test(name);

function parseNetwork(text: string): readonly [received: number, sent: number] | undefined {
  const rows = [...text.matchAll(/^\s*(\S+):\s*(\d+)(?:\s+\d+){7}\s+(\d+)/gm)].filter(
    ([, name = '']) => !isInner(name),
  );
  if (rows.length === 0) return undefined;
  return [
    rows.reduce((sum, row) => sum + Number(row[2]), 0),
    rows.reduce((sum, row) => sum + Number(row[3]), 0),
  ];
}

/** Whole disks alone: their partitions count the same bytes. */
function parseDisks(text: string): readonly [read: number, written: number] | undefined {
  const disks = new Set([...text.matchAll(/^disk (\S+)$/gm)].map(it => it[1]));
  const rows = [
    ...text.matchAll(/^\s*\d+\s+\d+\s+(\S+)\s+\d+\s+\d+\s+(\d+)\s+\d+\s+\d+\s+\d+\s+(\d+)/gm),
  ].filter(row => disks.has(row[1]));
  if (rows.length === 0) return undefined;
  return [
    rows.reduce((sum, row) => sum + Number(row[2]), 0) * sectorBytes,
    rows.reduce((sum, row) => sum + Number(row[3]), 0) * sectorBytes,
  ];
}

/** Reads what one turn of the loop printed; undefined where it is not what Linux prints. */
export function parseHostSample(text: string): HostSample | undefined {
  const [head = '', rest = ''] = text.split('\nnet\n');
  const [network = '', disks = ''] = rest.split('\ndisks\n');
  const [uptime = '', load = ''] = head.split('\n');
  const ticks = /^cpu\s+(.*)$/m.exec(head)?.[1]?.trim().split(/\s+/).map(Number);
  if (ticks === undefined || ticks.length < 4) return undefined;
  // user nice system idle iowait irq softirq steal; guest time is in user.
  const counted = ticks.slice(0, 8);
  const all = counted.reduce((sum, it) => sum + it, 0);
  const memory = (key: string): number | null => {
    const kilobytes = new RegExp(`^${key}:\\s+(\\d+) kB`, 'm').exec(head)?.[1];
    return kilobytes === undefined ? null : Number(kilobytes) * 1024;
  };
  const [total, available] = [memory('MemTotal'), memory('MemAvailable') ?? memory('MemFree')];
  const bytes = parseNetwork(network);
  const blocks = parseDisks(disks);
  const average = Number.parseFloat(load);
  return {
    uptimeS: Number.parseFloat(uptime),
    busyTicks: all - (counted[3] ?? 0) - (counted[4] ?? 0),
    allTicks: all,
    cpus: Math.max(1, head.match(/^cpu\d+ /gm)?.length ?? 1),
    memoryBytes: total === null || available === null ? null : total - available,
    memoryTotalBytes: total,
    load: Number.isFinite(average) ? average : null,
    receivedBytes: bytes?.[0] ?? null,
    sentBytes: bytes?.[1] ?? null,
    readBytes: blocks?.[0] ?? null,
    writtenBytes: blocks?.[1] ?? null,
  };
}

/** One sample of the host's usage; rates need two. */
export function hostUsage(before: HostSample | undefined, after: HostSample): HostUsage {
  const { cpus, memoryBytes, memoryTotalBytes, load } = after;
  const seconds = before === undefined ? 0 : after.uptimeS - before.uptimeS;
  const ticks = before === undefined ? 0 : after.allTicks - before.allTicks;
  const busy = before === undefined ? 0 : after.busyTicks - before.busyTicks;
  const rate = (key: 'receivedBytes' | 'sentBytes' | 'readBytes' | 'writtenBytes'): number | null =>
    rateOf(before?.[key] ?? null, after[key], seconds);
  return {
    cpuPercent: ticks > 0 ? Math.max(0, busy / ticks) * cpus * 100 : null,
    cpus,
    memoryBytes,
    memoryTotalBytes,
    load,
    receivedBytesPerS: rate('receivedBytes'),
    sentBytesPerS: rate('sentBytes'),
    readBytesPerS: rate('readBytes'),
    writtenBytesPerS: rate('writtenBytes'),
  };
}
