import type { DesiredRelease } from '../desired/desired.ts';
import { applyPlan } from './apply-plan.ts';
import { awaitServices } from './await-services.ts';
import type { ServiceRunner } from './service-runner.ts';

/** Returns the services that are optional for all their dependents. */
export function optionalOf({ services }: DesiredRelease): ReadonlySet<string> {
  const dependencies = services.flatMap(({ dependsOn }) => dependsOn);
  const required = new Set(dependencies.flatMap(it => (it.isRequired ? [it.service] : [])));
  return new Set(dependencies.flatMap(it => (required.has(it.service) ? [] : [it.service])));
}

/** Runs services with the engine's own API. */
export const engineRunner: ServiceRunner = {
  name: 'engine',
  removesOrphans: false,
  replacesOthers: true,
  check: () => undefined,
  reduce: plan => plan,
  async run({ longestStopS }, desired, { plan }, { engine, report, signal }) {
    await applyPlan(plan, { engine, report, signal, longestStopS });
    const started = plan.services.map(({ service }) => service);
    await awaitServices(engine, desired.project, started, { report, signal, optional: optionalOf(desired) });
  },
};
