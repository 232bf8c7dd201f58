import assert from 'node:assert/strict';
import { renderTable } from '../../../src/ui/answers/rendered.ts';
import { renderDrives, type ListedDrive } from '../../../src/ui/image/drives.ts';
import { fakeOutput, type FakeOutput } from '../../support/fake-output.ts';

const terminal = (columns: number): FakeOutput => {
  const output = fakeOutput('tty');
  output.size.columns = columns;
  return output;
};

describe('a table on a narrow terminal', () => {
  const header = ['UNIT', 'RESTARTS', 'MEMORY', 'MEANING'];
  const rows = [['NetworkManager.service', '', '', 'Network Manager']];

  it('leaves out columns that are empty before it cuts a name', () => {
    assert.deepEqual(renderTable(header, rows, terminal(40)), {
      text: 'UNIT                    MEANING\nNetworkManager.service  Network Manager\n',
      notes: [],
    });
  });

  it('has all of its columns where there is room, and in a pipe', () => {
    assert.match(renderTable(header, rows, terminal(80)).text, /RESTARTS {2}MEMORY/);
    const pipe = fakeOutput('plain');
    pipe.size.columns = 40;
    assert.match(renderTable(header, rows, pipe).text, /RESTARTS {2}MEMORY/);
  });

  it('keeps its titles when it has no row', () => {
    assert.equal(renderTable(header, [], terminal(80)).text, 'UNIT  RESTARTS  MEMORY  MEANING\n');
  });
});

describe('the drives on a narrow terminal', () => {
  const drive = {
    path: '/dev/vda',
    name: 'vda',
    sizeBytes: 275e9,
    bus: null,
    model: null,
    refusal: 'this system uses it: / is mounted from it',
    unmounts: [],
  } as unknown as ListedDrive;

  it('have the whole reason why one cannot be flashed, below it', () => {
    assert.equal(
      renderDrives([drive], terminal(40)).text,
      [
        'DRIVE     SIZE    BUS  MODEL',
        '/dev/vda  275 GB  ?    ?',
        '  no: this system uses it: / is mounted',
        '  from it',
        '',
      ].join('\n'),
    );
  });

  it('have it in a column where there is room', () => {
    assert.match(renderDrives([drive], terminal(80)).text, /CAN BE FLASHED\n.* no: this system uses it/);
  });
});
