// Does what systemd does with postern.socket: holds the listening socket open and hands it to each new process (sd_listen_fds(3)).
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

/** Node cannot hold a listening socket without accepting from it; perl, which every Debian has, can. */
const holder = `
use strict; use IO::Socket::INET; use POSIX ();
$^F = 20; $| = 1;
my $port = shift @ARGV;
my $socket = IO::Socket::INET->new(Listen => 512, LocalAddr => '127.0.0.1', LocalPort => $port, ReuseAddr => 1) or die "$!";
my $pid = 0;
print "ready\\n";
while (my $line = <STDIN>) {
  chomp $line;
  if ($line eq 'start') {
    $pid = fork;
    if ($pid == 0) {
      POSIX::dup2(fileno($socket), 3);
      $ENV{LISTEN_PID} = $$; $ENV{LISTEN_FDS} = 1; $ENV{LISTEN_FDNAMES} = 'postern-lmtp';
      open(STDIN, '<', '/dev/null'); open(STDOUT, '>&', \\*STDERR);
      exec @ARGV;
    }
    print "started\\n";
  } else { kill 'TERM', $pid if $pid; waitpid($pid, 0); $pid = 0; print "stopped\\n"; }
}
kill 'TERM', $pid if $pid; waitpid($pid, 0) if $pid;
`

export interface SocketHolder {
  start(): Promise<void>
  /** SIGTERM, and wait until it is gone. */
  stop(): Promise<void>
  close(): Promise<void>
}

export async function holdSocket(port: number, command: readonly string[]): Promise<SocketHolder> {
  const child = spawn('perl', ['-e', holder, String(port), ...command], { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const tell = async (word: string): Promise<void> => {
    child.stdin.write(`${word}\n`)
    await lines.next()
  }
  await lines.next()
  return {
    start: () => tell('start'),
    stop: () => tell('stop'),
    async close() {
      child.stdin.end()
      await gone
    },
  }
}
