/** Usage of services and of the host. null: not known (yet), never 0. */

/** Rates of one moment: bytes a second. */
export interface Rates {
  readonly receivedBytesPerS: number | null;
  readonly sentBytesPerS: number | null;
  readonly readBytesPerS: number | null;
  readonly writtenBytesPerS: number | null;
}

export interface ServiceUsage extends Rates {
  readonly project: string;
  readonly service: string;
  readonly container: string;
  /** The engine's word for its state, e.g. `running`, `exited`. */
  readonly state: string;
  /** 100 is one CPU. */
  readonly cpuPercent: number | null;
  readonly memoryBytes: number | null;
  /** Of the service, else the device's memory. */
  readonly memoryLimitBytes: number | null;
  readonly processes: number | null;
}

export interface HostUsage extends Rates {
  /** 100 is one CPU. */
  readonly cpuPercent: number | null;
  readonly cpus: number;
  readonly memoryBytes: number | null;
  readonly memoryTotalBytes: number | null;
  /** Average over one minute. */
  readonly load: number | null;
}

/** A moment of the device. */
export interface UsageEvent {
  readonly type: 'usage';
  /** RFC 3339, by this machine's clock. */
  readonly time: string;
  /** null: the host is not reached. */
  readonly host: HostUsage | null;
  readonly services: readonly ServiceUsage[];
}

/** The growth of a counter a second; null where it is unknown or was set back. */
export function rateOf(before: number | null, after: number | null, seconds: number): number | null {
  if (before === null || after === null || after < before || !(seconds > 0)) return null;
  return (after - before) / seconds;
}
