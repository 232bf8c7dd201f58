import type { Clock } from '../core/clock.ts';
import type { PushEvent } from '../release/events.ts';
import { holdSteps } from './hold-steps.ts';
import type { Output } from './output.ts';
import { pushLines, writeLines } from './push-lines.ts';
import type { PushReporter, PushReporterOptions } from './push-report.ts';
import { emptyPushView, isIdle, nextPushView, renderPushView } from './push-view.ts';

const frameMs = 80;

/** For a person: what is under way stays at the bottom, what is over scrolls away above it. */
export function ttyPush(output: Output, options: PushReporterOptions, clock: Clock): PushReporter {
  const render = pushLines(options, output.styleTalk);
  const steps = holdSteps();
  let view = emptyPushView(options.services ?? []);
  let drawing: AbortController | undefined;

  const tell = (events: readonly PushEvent[]): void => {
    for (const event of events) writeLines(output, render(event));
  };
  const draw = (): void => {
    const frame = { nowMs: clock.nowMs(), columns: output.columns(), rows: output.rows() };
    output.showBelow(renderPushView(view, { ...frame, style: output.styleTalk }));
  };
  const keepDrawing = async ({ signal }: AbortController): Promise<void> => {
    while (!signal.aborted) {
      draw();
      await clock.sleep(frameMs, signal).catch(() => undefined);
    }
  };
  const stop = (): void => {
    drawing?.abort();
    drawing = undefined;
    output.showBelow([]);
  };
  return {
    report(event) {
      const nowMs = clock.nowMs();
      tell(steps.next(event, nowMs));
      view = nextPushView(view, event, nowMs);
      if (isIdle(view)) stop();
      else if (drawing === undefined) {
        drawing = new AbortController();
        void keepDrawing(drawing);
      }
    },
    [Symbol.dispose]() {
      tell(steps.end());
      stop();
    },
  };
}
