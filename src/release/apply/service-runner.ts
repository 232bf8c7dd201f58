import type { DesiredRelease } from '../desired/desired.ts';
import type { ObservedRelease } from '../plan/observed.ts';
import type { Project } from '../../project/project.ts';
import type { Plan } from '../plan/plan.ts';
import type { Runner } from '../running/supervisor.ts';
import type { Decision } from './decide.ts';
import type { PushDependencies, PushRequest } from './push-request.ts';

/** Turns a plan into running services: the engine, or the device's supervisor. */
export interface ServiceRunner {
  readonly name: Runner;
  /** True: containers of no service are removed without being asked, since the runner replaces all of the project. */
  readonly removesOrphans: boolean;
  /** False: with `--take-over` too it leaves containers alone that neither it nor `os` made. */
  readonly replacesOthers: boolean;
  /** True if its target differs from the project as it runs, so that a push calls `run` with an empty plan too. */
  readonly differsFromTarget?: boolean;
  /** Throws OsError `project-invalid` if it would not run the project. Called before anything is sent. */
  check(request: PushRequest): void;
  /**
   * Throws OsError `usage` if carrying out the plan would change more than it says, and `supervisor-refused` if a supervisor would take
   * no target. Called before anything is sent.
   */
  checkPlan?(
    request: PushRequest,
    desired: DesiredRelease,
    decision: Decision,
    dependencies: Pick<PushDependencies, 'engine' | 'signal'>,
  ): Promise<void>;
  /** Reduces a plan to the part that a push has to do or to report. */
  reduce(plan: Plan, observed: Pick<ObservedRelease, 'containers'>, project: Project): Plan;
  /**
   * Applies the plan, whose images exist, and waits until its services are up. Throws OsError `service-failed`, and what
   * its engine or supervisor throws.
   */
  run(
    request: PushRequest,
    desired: DesiredRelease,
    decision: Decision,
    dependencies: PushDependencies,
  ): Promise<void>;
}
