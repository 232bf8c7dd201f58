import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { systemClock } from '../../../src/core/clock.ts';
import { readProject } from '../../../src/project/read-project.ts';
import type { LiveEvent } from '../../../src/sync/events.ts';
import type { LiveOptions } from '../../../src/sync/session/live-options.ts';
import { openLive } from '../../../src/sync/session/open-live.ts';
import { openSources } from '../../../src/sync/session/sources.ts';
import { eventually } from '../../support/eventually.ts';
import { openTempDirectory } from '../../support/temp-directory.ts';

async function writeProject(directory: string): Promise<void> {
  const files = {
    'compose.yaml': `services:
  web: {build: .}
  kept: {build: ., restart: always}
  never: {build: ., restart: "no"}
`,
    Dockerfile: 'FROM busybox\nCOPY . /app\n',
    '.dockerignore': '*.log\n',
    'app.log': '',
  };
  for (const [name, text] of Object.entries(files)) await writeFile(path.join(directory, name), text);
}

describe('a live session of a compose file', () => {
  it('says once of a service without `restart` that it does not start with the device, and of no other', async () => {
    await using temp = await openTempDirectory();
    await writeProject(temp.path);
    const events: LiveEvent[] = [];
    const options: Partial<LiveOptions> = {
      project: await readProject(temp.path, { environment: {} }),
      select: project => project.services.map(({ name }) => name),
      report: event => void events.push(event),
      clock: systemClock,
    };
    using live = await openLive(options as LiveOptions);
    await assert.rejects(live.run(AbortSignal.abort(new Error('enough'))));
    assert.deepEqual(
      events.map(it => [it.type, 'service' in it ? it.service : '', 'message' in it ? it.message : '']),
      [['notice', 'web', 'does not start with the device, as its compose file has no `restart` for it']],
    );
  });

  it('reports once of an edited file that an ignore file keeps it out, with the reasons of other edits', async () => {
    await using temp = await openTempDirectory();
    await writeProject(temp.path);
    const events: LiveEvent[] = [];
    using _sources = await openSources(await readProject(temp.path, { environment: {} }), {
      services: ['web'],
      report: event => void events.push(event),
      clock: systemClock,
    });
    for (let i = 0; i < 3; i++) {
      await writeFile(path.join(temp.path, 'app.log'), i.toString());
      await eventually(() => {
        assert.equal(events.length, 1);
      });
    }
    const cause = 'is kept out of the context by an ignore file';
    assert.deepEqual(events, [{ type: 'decision', service: 'web', name: 'app.log', cause }]);
  });
});
