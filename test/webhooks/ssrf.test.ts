import { connect, createServer } from 'node:net'
import type { Server } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { systemClock } from '../../core/base/clock.ts'
import { addressProblem } from '../../plugins/webhooks/addresses.ts'
import { Sender, realNetwork } from '../../plugins/webhooks/attempt.ts'
import type { Network } from '../../plugins/webhooks/attempt.ts'
import { targetOf } from '../../plugins/webhooks/target.ts'

let inside: Server
let port = 0
/** Connections that arrived inside, and addresses outside that would have been called. */
let arrived = 0
let outside: string[] = []

beforeAll(async () => {
  inside = createServer((socket) => {
    arrived += 1
    socket.destroy()
  })
  // One listener for both families.
  await new Promise<void>((resolve) => inside.listen({ port: 0, host: '::', ipv6Only: false }, resolve))
  const address = inside.address()
  port = typeof address === 'object' && address ? address.port : 0
})
afterAll(() => new Promise<void>((resolve) => inside.close(() => resolve())))

/** Real connections to what is inside; what is outside is only written down, for nothing here may leave the machine. */
function network(resolve: Network['resolve']): Network {
  return {
    resolve,
    connect({ host, port: p }) {
      if (addressProblem(host, false) === null) {
        outside.push(host)
        return connect({ host: '127.0.0.1', port: 1 })
      }
      return connect({ host, port: p })
    },
  }
}

const attempt = (url: string, ports = [80, 443, 8443, port], allowHttp = true) => ({
  rules: { url, allowHttp, allowPrivate: false, ports },
  headers: {},
  body: '{}',
  timeoutMs: 3000,
})

/** host of the URL, without scheme; every one of them must lead nowhere. */
const hosts = [
  // loopback in every spelling
  ...[
    '127.0.0.1',
    '127.0.0.1.',
    '127.1',
    '127.0.1',
    '127.255.255.254',
    '2130706433',
    '0x7f000001',
    '0x7f.0.0.1',
    '0177.0.0.1',
    '017700000001',
    '0x7f.1',
    '127.0.0.0x1',
    '%31%32%37.0.0.1',
    '１２７.０.０.１',
    '①②⑦.0.0.1',
    '127。0。0。1',
  ],
  // this host, private, shared, link-local and metadata
  ...[
    '0.0.0.0',
    '0',
    '0x0',
    '10.0.0.1',
    '10.255.255.255',
    '0xa.0.0.1',
    '167772161',
    '100.64.0.1',
    '100.127.255.254',
    '169.254.169.254',
    '169.254.0.1',
    '2852039166',
    '0xa9fea9fe',
    '0251.0376.0251.0376',
    '100.100.100.200',
    '0x646464c8',
    '168.63.129.16',
    '172.16.0.1',
    '172.31.255.254',
    '192.168.0.1',
    '192.168.255.254',
    '3232235521',
    '192.0.0.1',
    '192.0.0.170',
    '192.88.99.1',
  ],
  // documentation, benchmark, multicast, reserved, broadcast
  ...[
    '192.0.2.1',
    '198.18.0.1',
    '198.19.255.254',
    '198.51.100.7',
    '203.0.113.9',
    '224.0.0.1',
    '239.255.255.250',
    '240.0.0.1',
    '255.255.255.255',
  ],
  // IPv6: loopback, unspecified, unique local, link-local, site-local, multicast, documentation, discard
  ...[
    '[::1]',
    '[0:0:0:0:0:0:0:1]',
    '[::]',
    '[fc00::1]',
    '[fd12:3456::1]',
    '[fd00:ec2::254]',
    '[fd20:ce::254]',
    '[fe80::1]',
    '[febf::1]',
    '[fec0::1]',
    '[ff02::1]',
    '[ff0e::1]',
    '[2001:db8::1]',
    '[3fff::1]',
    '[100::1]',
  ],
  // IPv4 inside IPv6: mapped, compatible, NAT64, local NAT64, 6to4, Teredo, ORCHID
  ...[
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[::ffff:10.0.0.1]',
    '[::ffff:169.254.169.254]',
    '[::ffff:8.8.8.8]',
    '[::127.0.0.1]',
    '[64:ff9b::127.0.0.1]',
    '[64:ff9b::a00:1]',
    '[64:ff9b::169.254.169.254]',
    '[64:ff9b:1::1]',
    '[2002:7f00:1::1]',
    '[2002:a00:1::]',
    '[2001::1]',
    '[2001:0:7f00:1::]',
    '[2001:10::1]',
    '[2001:20::1]',
  ],
  // names of this machine
  ...['localhost', 'localhost.', 'LOCALHOST', 'foo.localhost', 'ip6-localhost'],
]

test(`${hosts.length} URLs that lead inside lead nowhere`, async () => {
  expect(hosts.length).toBeGreaterThanOrEqual(60)
  arrived = 0
  outside = []
  const sender = new Sender(systemClock, network(realNetwork.resolve))
  for (const host of hosts) {
    const result = await sender.send(attempt(`http://${host}:${port}/`))
    expect(result.status, host).toBeNull()
    expect(result.error, host).toMatch(/is a private address|is not an address of the internet|this is not a URL|ENOTFOUND|EAI_AGAIN/)
  }
  sender.stop()
  expect({ arrived, outside }).toEqual({ arrived: 0, outside: [] })
})

test('a name server that turns from a public address to ours in 1,000 attempts never leads inside', async () => {
  arrived = 0
  outside = []
  const insides = ['127.0.0.1', '::1', '::ffff:127.0.0.1', '10.0.0.1', '169.254.169.254', '0.0.0.0']
  let n = 0
  const sender = new Sender(
    systemClock,
    network(() => {
      n += 1
      const [pub, own] = ['93.184.215.14', insides[n % insides.length] ?? '']
      return Promise.resolve(n % 3 === 0 ? [pub] : n % 3 === 1 ? [own] : [pub, own])
    }),
  )
  for (let i = 0; i < 1000; i++) {
    const result = await sender.send(attempt(`http://rebind.example:${port}/`))
    expect(result.status).toBeNull()
  }
  sender.stop()
  expect(n).toBe(1000)
  expect(arrived).toBe(0)
  // Only where every address was public was one of them called, and always as the address that was looked at.
  expect(outside).toHaveLength(333)
  expect(new Set(outside)).toEqual(new Set(['93.184.215.14']))
})

test('public addresses of both families are allowed, also behind NAT64', () => {
  for (const address of [
    '1.1.1.1',
    '93.184.215.14',
    '172.15.255.255',
    '172.32.0.1',
    '100.63.255.255',
    '100.128.0.1',
    '2606:4700:4700::1111',
    '2a00:1450:4001::8a',
    '64:ff9b::5db8:d70e',
  ])
    expect(addressProblem(address, false), address).toBeNull()
})

test('an admin may allow private networks for one endpoint, and even then no metadata, wildcard or multicast address', () => {
  for (const address of ['127.0.0.1', '10.1.2.3', '192.168.1.1', '100.100.100.100', '::1', 'fd00::1', 'fd00:ec3::1', 'fd12:ec2::254'])
    expect(addressProblem(address, true), address).toBeNull()
  for (const address of [
    '169.254.169.254',
    '0.0.0.0',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    // Metadata of clouds outside of link-local, in whatever spelling.
    '100.100.100.200',
    '64:ff9b::100.100.100.200',
    '64:ff9b::6464:64c8',
    '168.63.129.16',
    '64:ff9b::a83f:8110',
    'fd00:ec2::254',
    'fd00:0ec2:0:0:0:0:0:254',
    'FD00:EC2::23',
    'fd20:ce::254',
    'fd00:c1::a9fe:a9fe',
    'fd00:c1::169.254.169.254',
    'fd00:42::42',
    'fe80::1',
    'fe80::1%eth0',
    '::ffff:127.0.0.1',
    'localhost',
    '',
    '127.0.0.1/8',
    '1',
  ])
    expect(addressProblem(address, true), address).not.toBeNull()
})

test('only https to the ports 80, 443 and 8443, without a password, unless the endpoint says otherwise', () => {
  const strict = (url: string) => targetOf({ url, allowHttp: false, allowPrivate: false, ports: [80, 443, 8443] })
  for (const url of ['https://hooks.example.com/x', 'https://hooks.example.com:8443/x?y=1', 'https://hooks.example.com.:443/'])
    expect(strict(url), url).not.toHaveProperty('problem')
  for (const url of [
    'http://hooks.example.com/',
    'ftp://hooks.example.com/',
    'file:///etc/passwd',
    'gopher://hooks.example.com:80/',
    'javascript:alert(1)',
    'https://hooks.example.com:22/',
    'https://hooks.example.com:25/',
    'https://hooks.example.com:5432/',
    'https://user:pass@hooks.example.com/',
    'https://user@hooks.example.com/',
    'https://',
    'https:///',
    'hooks.example.com',
    '',
    'https://exa mple.com/',
    'unix:/run/x.sock',
  ])
    expect(strict(url), url).toHaveProperty('problem')
})

test('the proxy of the environment is not asked', async () => {
  arrived = 0
  const before = { ...process.env }
  Object.assign(process.env, { HTTP_PROXY: `http://127.0.0.1:${port}`, http_proxy: `http://127.0.0.1:${port}`, NODE_USE_ENV_PROXY: '1' })
  const sender = new Sender(
    systemClock,
    network(() => Promise.resolve(['93.184.215.14'])),
  )
  const result = await sender.send(attempt('http://hooks.example.com/'))
  sender.stop()
  process.env = before
  expect(result.status).toBeNull()
  expect(arrived).toBe(0)
})
