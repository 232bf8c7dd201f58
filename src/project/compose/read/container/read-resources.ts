import type { Ulimit } from '../../../build.ts';
import { blkioLimits, type BlkioDevice, type Resources } from '../../../service.ts';
import type { Cursor } from '../../../yaml/cursor.ts';

export function readResources(service: Cursor): Resources {
  const limits = service.at('deploy', 'resources', 'limits');
  const reservations = service.at('deploy', 'resources', 'reservations');
  const cpus = either(service.at('cpus'), limits.at('cpus'), it => it.number());
  return {
    nanoCpus: cpus === undefined ? undefined : Math.round(cpus * 1e9),
    cpuShares: service.at('cpu_shares').integer(),
    cpuQuota: readMicroseconds(service.at('cpu_quota')),
    cpuPeriod: readMicroseconds(service.at('cpu_period')),
    cpuRealtimeRuntime: readMicroseconds(service.at('cpu_rt_runtime')),
    cpuRealtimePeriod: readMicroseconds(service.at('cpu_rt_period')),
    cpuset: service.at('cpuset').text(),
    memoryBytes: either(service.at('mem_limit'), limits.at('memory'), it => it.bytes()),
    memoryReservationBytes: either(service.at('mem_reservation'), reservations.at('memory'), it =>
      it.bytes(),
    ),
    memorySwapBytes: readBytesOrUnlimited(service.at('memswap_limit')),
    memorySwappiness: service.at('mem_swappiness').integer(),
    pidsLimit: either(service.at('pids_limit'), limits.at('pids'), it => it.integer()),
    shmSizeBytes: service.at('shm_size').bytes(),
    isOomKillDisabled: service.at('oom_kill_disable').bool(),
    oomScoreAdjustment: service.at('oom_score_adj').integer(),
    ulimits: readUlimits(service.at('ulimits')),
    blkioWeight: service.at('blkio_config', 'weight').integer(),
    blkioDevices: readBlkioDevices(service.at('blkio_config')),
    storageOptions: service.at('storage_opt').record(),
  };
}

function readBlkioDevices(config: Cursor): BlkioDevice[] {
  return blkioLimits.flatMap(limit =>
    config
      .at(limit)
      .items()
      .flatMap(item => {
        const path = item.at('path').text();
        const value = limit === 'weight_device' ? item.at('weight').integer() : item.at('rate').bytes();
        return path === undefined || value === undefined ? [] : [{ limit, path, value }];
      }),
  );
}

/** The same limit can be written in two ways; they must not differ. */
function either(
  short: Cursor,
  long: Cursor,
  read: (cursor: Cursor) => number | undefined,
): number | undefined {
  const [one, other] = [read(short), read(long)];
  if (one !== undefined && other !== undefined && one !== other) short.fail(`differs from ${long.subject}`);
  return one ?? other;
}

/** `50000`, or a duration such as `50ms`. */
function readMicroseconds(cursor: Cursor): number | undefined {
  const text = cursor.text();
  if (text === undefined || /^-?\d+$/.test(text)) return cursor.integer();
  const ms = cursor.durationMs();
  return ms === undefined ? undefined : ms * 1000;
}

const readBytesOrUnlimited = (cursor: Cursor): number | undefined =>
  cursor.text() === '-1' ? -1 : cursor.bytes();

export function readUlimits(ulimits: Cursor): Ulimit[] {
  return ulimits.entries().flatMap(([name, it]) => {
    const soft = it.isMapping ? it.at('soft').integer() : it.integer();
    const hard = it.isMapping ? it.at('hard').integer() : soft;
    return soft === undefined || hard === undefined ? [] : [{ name, soft, hard }];
  });
}
