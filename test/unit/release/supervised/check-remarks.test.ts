import assert from 'node:assert/strict';
import { OsError } from '../../../../src/core/errors.ts';
import { checkRemarks } from '../../../../src/release/supervised/write-release.ts';
import { writeApp } from '../../../../src/supervisor/target/write-app.ts';
import { read } from '../../../support/read-files.ts';

const compose = `name: shop
services:
  web:
    image: busybox
    container_name: mine
    healthcheck:
      test: "true"
      start_period: 5s
`;
const refused = `${compose}    ports:
      - "[::1]:8085:80"
    volumes: [data:/data]
  db:
    extends: {file: base.yaml, service: base}
volumes:
  data: {external: true}
`;
const base = `services:
  base:
    image: busybox
    volumes:
      - /etc:/etc
`;
const release = { commit: 'c', releaseId: 1, imageOf: () => 'a', labelsOf: () => ({}) };

/** What is said of a project; of one with problems, the message of the refusal. */
async function said(files: Record<string, string>): Promise<string[]> {
  const project = await read(files);
  const warnings: string[] = [];
  try {
    checkRemarks(writeApp(project, release).remarks, project, it => warnings.push(it));
    return warnings;
  } catch (error) {
    assert.ok(error instanceof OsError && error.code === 'project-invalid');
    return error.message.split('\n').slice(1);
  }
}

describe('what a supervisor would not apply', () => {
  it('is refused with file, line and column of each compose key, in files that are extended too', async () => {
    const lines = await said({ 'compose.yaml': refused, 'base.yaml': base });
    assert.deepEqual(
      lines.map(line => line.trim().split(': ', 2).join(': ')),
      [
        'base.yaml:4:5: services.db.volumes',
        'compose.yaml:9:5: services.web.ports',
        'compose.yaml:15:3: volumes.data',
      ],
    );
  });

  it('is warned of in the same form where it is only dropped', async () => {
    assert.deepEqual(await said({ 'compose.yaml': compose }), [
      'compose.yaml:8:7: services.web.healthcheck.start_period: the supervisor drops it',
      'compose.yaml:5:5: services.web.container_name: the supervisor drops it',
    ]);
  });
});
