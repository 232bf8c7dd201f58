import type { Project } from '../../src/project/project.ts';
import { applyPlan } from '../../src/release/apply-plan.ts';
import type { DesiredRelease } from '../../src/release/desired.ts';
import type { PushEvent } from '../../src/release/events.ts';
import { observeRelease } from '../../src/release/observe.ts';
import type { ObservedRelease } from '../../src/release/observed.ts';
import { planRelease } from '../../src/release/plan-release.ts';
import type { Plan } from '../../src/release/plan.ts';
import { renderPlan } from '../../src/ui/plan.ts';
import { desire } from './composition.ts';
import { FakeEngine } from './fake-engine.ts';

const { signal } = new AbortController();

interface Decision {
  desired: DesiredRelease;
  observed: ObservedRelease;
  plan: Plan;
}

/** A device, and pushes to it. */
export class PlannedDevice {
  readonly fake = new FakeEngine();
  readonly events: PushEvent[] = [];

  constructor() {
    this.fake.addImage('busybox');
  }

  async #decide(it: Project, removesOrphans: boolean): Promise<Decision> {
    const desired = await desire(it);
    const observed = await observeRelease(this.fake.asEngine(), desired, signal);
    const knownServices = [...it.services.map(({ name }) => name), ...it.disabledServices];
    return { desired, observed, plan: planRelease(desired, observed, { knownServices, removesOrphans }) };
  }

  async plan(it: Project, removesOrphans = false): Promise<string> {
    return renderPlan((await this.#decide(it, removesOrphans)).plan);
  }

  async push(it: Project, removesOrphans = false, longestStopS?: number): Promise<void> {
    const { desired, observed, plan } = await this.#decide(it, removesOrphans);
    const report = (event: PushEvent): void => void this.events.push(event);
    await applyPlan(plan, desired, observed, {
      ...{ engine: this.fake.asEngine(), report, signal, longestStopS },
    });
  }
}
