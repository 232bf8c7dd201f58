/** A port of this machine leads to the device. */
export interface ListeningEvent {
  readonly type: 'listening';
  /** null: the device's own port. */
  readonly service: string | null;
  readonly port: number;
  /** Addresses of this machine that it listens on. */
  readonly addresses: readonly string[];
  readonly localPort: number;
}

/** A port of the device leads to this machine. */
export interface ReverseListeningEvent {
  readonly type: 'reverse-listening';
  readonly port: number;
  readonly localPort: number;
  /** `ADDRESS:PORT` at which programs on the device's host reach it. */
  readonly host: string;
  /** `ADDRESS:PORT` at which containers reach it; null: only those with the host's network do. */
  readonly containers: string | null;
  /** True if the device listens on every address, so that its network reaches the port too. */
  readonly isPublic: boolean;
}

/** One connection could not be made; the others and the ports go on. */
export interface ConnectionFailedEvent {
  readonly type: 'connection-failed';
  readonly direction: 'forward' | 'reverse';
  readonly service: string | null;
  readonly port: number;
  readonly message: string;
}

/** The device is out of reach, or back; ports of this machine stay open. */
export interface TunnelConnectionEvent {
  readonly type: 'connection';
  readonly state: 'lost' | 'restored';
}

/** A port of the device does not lead here any more, since the device came back. It is tried again. */
export interface ReverseFailedEvent {
  readonly type: 'reverse-failed';
  readonly port: number;
  readonly message: string;
}

export interface TunnelWarningEvent {
  readonly type: 'warning';
  readonly message: string;
}

export type TunnelEvent =
  | ListeningEvent
  | ReverseListeningEvent
  | ConnectionFailedEvent
  | TunnelConnectionEvent
  | ReverseFailedEvent
  | TunnelWarningEvent;

export type ReportTunnel = (event: TunnelEvent) => void;
