import type { Project } from '../../src/project/project.ts';
import { applyPlan } from '../../src/release/apply/apply-plan.ts';
import type { PushEvent } from '../../src/release/apply/events.ts';
import { observeRelease } from '../../src/release/plan/observe.ts';
import { reportPlan } from '../../src/release/plan/report-plan.ts';
import { planRelease } from '../../src/release/plan/plan-release.ts';
import type { Plan } from '../../src/release/plan/plan.ts';
import { renderPlan } from '../../src/ui/push/plan.ts';
import { desire } from './composition.ts';
import { FakeEngine } from './fake-engine.ts';

const { signal } = new AbortController();

/** A device, and pushes to it. */
export class PlannedDevice {
  readonly fake = new FakeEngine();
  readonly events: PushEvent[] = [];

  constructor() {
    this.fake.addImage('busybox');
  }

  async #decide(
    it: Project,
    removesOrphans: boolean,
    longestStopS?: number,
    takesOver = false,
  ): Promise<Plan> {
    const desired = await desire(it);
    const observed = await observeRelease(this.fake.asEngine(), desired, signal);
    const knownServices = [...it.services.map(({ name }) => name), ...it.disabledServices];
    return planRelease(desired, observed, {
      knownServices,
      emptyServices: it.emptyServices,
      removesOrphans,
      makesImages: true,
      longestStopS,
      takesOver,
    });
  }

  async plan(it: Project, removesOrphans = false): Promise<string> {
    return renderPlan(reportPlan(await this.#decide(it, removesOrphans)));
  }

  async push(it: Project, removesOrphans = false, longestStopS?: number, takesOver = false): Promise<void> {
    const plan = await this.#decide(it, removesOrphans, longestStopS, takesOver);
    const report = (event: PushEvent): void => void this.events.push(event);
    await applyPlan(plan, { engine: this.fake.asEngine(), report, signal, longestStopS });
  }
}
