import assert from 'node:assert/strict';
import { build } from '../../../../../src/cli/verbs/project/build.ts';
import { plan } from '../../../../../src/cli/verbs/project/plan.ts';
import { push } from '../../../../../src/cli/verbs/project/push.ts';
import { OsError } from '../../../../../src/core/errors.ts';
import { fakeProject, fakeRequest, FakeVerbs, updated } from '../../../../support/fake-verbs.ts';

const crash = new OsError('service-failed', 'web ends with status 1');
const hintOf = async (work: Promise<unknown>): Promise<string | undefined> => {
  const error = await work.then(
    () => undefined,
    (it: unknown) => it,
  );
  assert.ok(error instanceof OsError);
  assert.equal(error.code, 'interrupted');
  return error.hint;
};

describe('an attached push', () => {
  it('watches before it sends, follows once the services are up, and closes in reverse at Ctrl-C', async () => {
    const verbs = new FakeVerbs();
    const pushing = push(verbs, fakeRequest);
    await verbs.until('sync');
    verbs.interrupt();
    await hintOf(pushing);
    assert.deepEqual(verbs.transcript, [
      'reach mydevice',
      'read the live project',
      'watch',
      'release all',
      'event up',
      'event attached',
      'follow logs',
      'sync',
      'logs end',
      'syncing ends',
      'close watch',
      'close engine',
    ]);
  });

  it('says at Ctrl-C that the services are left as they are, whether they run or not', async () => {
    const verbs = new FakeVerbs();
    const pushing = push(verbs, fakeRequest);
    await verbs.until('sync');
    verbs.interrupt();
    assert.equal(
      await hintOf(pushing),
      'the services on mydevice are left as they are; `os live` goes on syncing, `os down` removes them',
    );
  });

  it('says at Ctrl-C before the services are up that another push continues', async () => {
    const verbs = new FakeVerbs();
    verbs.outcomes = [new OsError('interrupted', 'interrupted')];
    assert.equal(await hintOf(push(verbs, fakeRequest)), 'stopped; push again to continue');
    assert.deepEqual(verbs.transcript.slice(-2), ['close watch', 'close engine']);
  });

  it('goes into its live session although a service crashes, and says so', async () => {
    const verbs = new FakeVerbs();
    verbs.outcomes = [crash];
    const pushing = push(verbs, fakeRequest);
    await verbs.until('sync');
    verbs.interrupt();
    await hintOf(pushing);
    assert.deepEqual(verbs.transcript.slice(3, 9), [
      'release all',
      'settle',
      'event warning web ends with status 1',
      'event attached',
      'follow logs',
      'sync',
    ]);
  });

  it('follows logs alone without live sync, and a crash ends it', async () => {
    const verbs = new FakeVerbs();
    const pushing = push(verbs, { ...fakeRequest, isLive: false });
    await verbs.until('follow logs');
    verbs.interrupt();
    await hintOf(pushing);
    assert.deepEqual(verbs.transcript.slice(1, 4), ['read the plain project', 'release all', 'event up']);
    assert.ok(!verbs.transcript.includes('sync'));

    const crashing = new FakeVerbs();
    crashing.outcomes = [crash];
    await assert.rejects(push(crashing, { ...fakeRequest, isLive: false }), crash);
    assert.equal(crashing.transcript.at(-1), 'close engine');
  });

  it('pushes the whole project again when it changed, and follows the services that were added', async () => {
    const verbs = new FakeVerbs();
    const pushing = push(verbs, fakeRequest);
    await verbs.until('sync');
    assert.deepEqual(['web', 'db', 'cache'].map(verbs.isWanted), [true, true, false]);
    const before = verbs.transcript.length;
    await verbs.live?.push(fakeProject('web', 'cache'), [], verbs.signal);
    assert.deepEqual(verbs.transcript.slice(before), ['release all', 'settle', 'event up']);
    assert.deepEqual(['web', 'db', 'cache'].map(verbs.isWanted), [true, false, true]);
    verbs.interrupt();
    await hintOf(pushing);
  });

  it('rebuilds the services of an edit alone, and no push is under way after one that fails', async () => {
    const verbs = new FakeVerbs();
    const pushing = push(verbs, fakeRequest);
    await verbs.until('sync');
    const before = verbs.transcript.length;
    verbs.outcomes = [crash];
    await assert.rejects(verbs.live?.push(verbs.project, ['web'], verbs.signal) ?? Promise.resolve(), crash);
    assert.deepEqual(verbs.transcript.slice(before), ['release all web', 'settle']);
    verbs.interrupt();
    await hintOf(pushing);
  });
});

describe('a detached push', () => {
  it('ends when the services are up, with the event done', async () => {
    const verbs = new FakeVerbs();
    await push(verbs, { ...fakeRequest, isAttached: false, isLive: false });
    assert.deepEqual(verbs.transcript, [
      'reach mydevice',
      'read the plain project',
      'release all',
      'event done',
      'close engine',
    ]);
  });

  it('fails if a service crashes', async () => {
    const verbs = new FakeVerbs();
    verbs.outcomes = [crash];
    await assert.rejects(push(verbs, { ...fakeRequest, isAttached: false, isLive: false }), crash);
  });

  it('is refused before anything is sent if a service is named that the project does not have', async () => {
    const verbs = new FakeVerbs();
    await assert.rejects(push(verbs, { ...fakeRequest, services: ['wbe'] }), { code: 'usage' });
    assert.deepEqual(verbs.transcript.slice(-1), ['close engine']);
    assert.ok(!verbs.transcript.some(line => line.startsWith('release')));
  });
});

describe('half a push', () => {
  it('is a plan in the form that a live push would build, or a build in the plain one', async () => {
    const planning = new FakeVerbs();
    planning.outcomes = [{ ...updated, outcome: 'planned' }];
    await plan(planning, fakeRequest);
    assert.deepEqual(planning.transcript.slice(1, 3), ['read the live project', 'release plan']);
    const building = new FakeVerbs();
    await build(building, fakeRequest);
    assert.deepEqual(building.transcript.slice(1, 3), ['read the plain project', 'release build']);
    assert.deepEqual(building.transcript.slice(-2), ['event done', 'close engine']);
  });
});
