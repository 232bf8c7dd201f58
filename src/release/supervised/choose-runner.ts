import { OsError } from '../../core/errors.ts';
import { someNames } from '../../core/some-names.ts';
import { supervisorFeatures } from '../../project/features.ts';
import type { Service } from '../../project/service.ts';
import type { Runner } from '../running/supervisor.ts';

export interface RunnerFacts {
  /** The runner that the command or os.yml names. */
  readonly wanted: Runner | undefined;
  /** The runner that keeps the project's containers; undefined without any. */
  readonly present: Runner | undefined;
  /** True if the device has a supervisor that takes a project. Called only if the choice depends on it. */
  readonly canSupervise: () => Promise<boolean>;
}

export interface RunnerChoice {
  readonly runner: Runner;
  /** For a person: why the supervisor was chosen, and which features have no effect. */
  readonly notes: readonly string[];
}

/**
 * Chooses the runner of a project: the wanted one, else the present one, else the supervisor if the device has one and a
 * service asks for what only a supervisor provides, else the engine.
 */
export async function chooseRunner(
  services: readonly Pick<Service, 'name' | 'features'>[],
  { wanted, present, canSupervise }: RunnerFacts,
): Promise<RunnerChoice> {
  const asking = services.flatMap(({ name, features }) => {
    const labels = features
      .filter(it => supervisorFeatures.includes(it))
      .map(it => `io.balena.features.${it}`);
    return labels.length === 0 ? [] : [{ name, labels }];
  });
  const fixed = wanted ?? present;
  if (fixed === 'supervisor' || asking.length === 0) return { runner: fixed ?? 'engine', notes: [] };
  if (fixed === undefined && (await canSupervise()))
    return {
      runner: 'supervisor',
      notes: asking.map(
        ({ name, labels }) =>
          `${name}: ${someNames(labels)} ${labels.length > 1 ? 'need' : 'needs'} the supervisor, so it runs this project`,
      ),
    };
  return {
    runner: 'engine',
    notes: asking.map(
      ({ name, labels }) =>
        `${name}: ${someNames(labels)} ${labels.length > 1 ? 'have' : 'has'} no effect: only a supervisor gives a service what it asks for`,
    ),
  };
}

/** For `--force` on a project that no supervisor runs. */
export const refuseForce = (project: string): OsError =>
  new OsError(
    'usage',
    `--force overrides update locks of a supervisor, and ${project} runs under the engine`,
    {
      hint: 'leave out --force',
    },
  );

/** For `--time` of `os down` on a project that a supervisor runs, which stops its services itself. */
export const refuseGrace = (project: string, device: string): OsError =>
  new OsError(
    'usage',
    `--time is for services that the engine runs, and ${project} runs under the supervisor, which gives each its own stop_grace_period`,
    {
      hint: `stop them first by \`os stop ${device} --project ${project} --time SECONDS\`, and leave out --time`,
    },
  );
