import assert from 'node:assert/strict';
import { OsError } from '../../../../../src/core/errors.ts';
import { findLocalImages } from '../../../../../src/release/build/local/local-images.ts';
import type { DockerRun, RunDocker } from '../../../../../src/release/build/local/run-docker.ts';
import type { ImageTask } from '../../../../../src/release/plan/plan.ts';
import { planImages } from '../../../../../src/release/plan/plan-images.ts';
import { reportPlan } from '../../../../../src/release/plan/report-plan.ts';
import { desire, project, service } from '../../../../support/composition.ts';

const { signal } = new AbortController();

/** Plans a service whose image must not be pulled and that the device lacks, where this machine's Docker is `docker`. */
async function plan(docker: RunDocker): Promise<ImageTask[]> {
  const desired = await desire(project([service('web', { image: 'mine:1', pullPolicy: 'never' })]));
  const none = { networks: new Map(), volumes: new Map(), missedRestarts: new Map(), builds: new Map() };
  const images = new Map();
  const localImages = await findLocalImages(docker, desired, images, signal);
  return planImages(desired, { containers: [], supervisor: undefined, images, ...none, localImages });
}

const commands = (answers: Readonly<Record<string, DockerRun>>): RunDocker => {
  return args => {
    const answer = answers[args[0] ?? ''];
    return answer === undefined ? Promise.reject(new Error(args.join(' '))) : Promise.resolve(answer);
  };
};
const said = (stdout: string): DockerRun => ({ code: 0, stdout, stderr: '' });
const failed = (stderr: string): DockerRun => ({ code: 1, stdout: '', stderr });

const absent = failed('Error response from daemon: No such image: mine:1');
const off =
  'Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?';

const failureOf = (docker: RunDocker): Promise<OsError> =>
  plan(docker).then(
    () => assert.fail('it is planned'),
    (error: unknown) => {
      assert.ok(error instanceof OsError && error.code === 'service-failed');
      return error;
    },
  );

describe('an image that the device lacks and must not pull', () => {
  it('is sent where this machine has it, and the plan that is printed says so', async () => {
    const [task] = await plan(commands({ image: said('sha256:1') }));
    assert.ok(task);
    const none = { resources: [], services: [], orphans: [], notes: [] };
    const { images } = reportPlan({ project: 'shop', images: [task], ...none });
    assert.deepEqual(images, [
      {
        ...{ action: 'pull', service: 'web', reference: 'mine:1', isLocal: true },
        cause: 'its pull_policy is never, and this machine has it',
      },
    ]);
  });

  it('is said to be missing on this machine only where Docker says so', async () => {
    const error = await failureOf(commands({ image: absent, version: said('{}') }));
    assert.equal(
      error.message,
      'web: the device does not have the image mine:1, nor does Docker on this machine',
    );
    assert.equal(error.hint, 'its pull_policy is never: build or load the image here or there first');
  });

  it('is not said to be missing on this machine where its Docker is off, or is not there', async () => {
    const lacking = 'web: the device does not have the image mine:1, and ';
    const silent = await failureOf(commands({ image: failed(off), version: failed(off) }));
    assert.equal(silent.message, `${lacking}Docker on this machine does not answer: ${off}`);
    assert.match(silent.hint ?? '', /make this machine's Docker answer/);
    const none = await failureOf(() =>
      Promise.reject(new OsError('host-unsuitable', 'there is no docker program on this machine')),
    );
    assert.equal(none.message, `${lacking}there is no docker program on this machine`);
  });
});
