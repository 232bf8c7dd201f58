/** One line that a service printed. */
export interface LogLine {
  readonly type: 'log';
  readonly service: string;
  readonly container: string;
  readonly stream: 'stdout' | 'stderr';
  /** As the engine tells it: RFC 3339 with nanoseconds. */
  readonly time: string;
  readonly text: string;
}

export type LogEvent =
  | LogLine
  | {
      readonly type: 'container';
      readonly service: string;
      readonly container: string;
      readonly state: 'started' | 'ended';
    }
  | { readonly type: 'connection'; readonly state: 'lost' | 'restored' };
