import assert from 'node:assert/strict';
import { desire } from '../../../../support/composition.ts';
import { find, read } from '../../../../support/read-files.ts';

const compose = `
services:
  web:
    image: a
    env_file: web.env
    environment: {PASSED: , UNSET: , EMPTY: "", SET: "1"}
`;
const files = { 'compose.yaml': compose, 'web.env': 'PASSED=file\nUNSET=file\nEMPTY=file\nFILE=file\n' };

describe('a variable of a service without a value', () => {
  it("takes the user's, and is unset without one, whatever an env file and the image say", async () => {
    const project = await read(files, { environment: { PASSED: 'mine' } });
    const web = find(project, 'web');
    assert.deepEqual(web.environment, { PASSED: 'mine', EMPTY: '', FILE: 'file', SET: '1' });
    const [desired] = (await desire(project)).services;
    const lines = (desired?.body['Env'] ?? []) as readonly string[];
    assert.deepEqual(
      lines.filter(line => line.startsWith('UNSET')),
      ['UNSET'],
    );
  });
});
