/** One line that a service printed. */
export interface LogLine {
  readonly type: 'log';
  readonly service: string;
  readonly container: string;
  readonly stream: 'stdout' | 'stderr';
  /** RFC 3339 with nanoseconds, on the device's clock. */
  readonly time: string;
  readonly text: string;
  /** The bytes of `text`, only where they are no UTF-8. */
  readonly bytes?: Uint8Array;
}

export type LogEvent =
  | LogLine
  | {
      readonly type: 'container';
      readonly service: string;
      readonly container: string;
      readonly state: 'started' | 'ended';
    }
  /** One log cannot be read, as with the log driver `none`; the others continue. */
  | {
      readonly type: 'unreadable';
      readonly service: string;
      readonly container: string;
      readonly message: string;
    }
  /** The host's journal is in memory and has dropped everything before `oldest`. */
  | { readonly type: 'journal-wrapped'; readonly oldest: string }
  | { readonly type: 'connection'; readonly state: 'lost' | 'restored' };
