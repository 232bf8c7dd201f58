import type { Supervisor } from '../../supervisor/client/supervisor.ts';
import type { lockHolderOf } from '../../supervisor/client/supervisor-failure.ts';
import type { stableId } from '../../supervisor/target/stable-id.ts';
import type { writeApp } from '../../supervisor/target/write-app.ts';

/** A device's supervisor, as a push needs it. */
export interface SupervisorAccess {
  readonly supervisor: Supervisor;
  readonly writeApp: typeof writeApp;
  readonly stableId: typeof stableId;
  readonly lockHolderOf: typeof lockHolderOf;
}

/** Stable by the project's name: the names of its volumes have it. */
export const appIdOf = ({ stableId: idOf }: Pick<SupervisorAccess, 'stableId'>, project: string): number =>
  idOf(`app ${project}`);
