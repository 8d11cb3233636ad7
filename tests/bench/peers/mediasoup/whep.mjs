// mediasoup as a relay with one publisher, who sends it plain RTP, and WHEP for whoever watches.
// node whep.mjs FOLDER-OF-NODE_MODULES HTTP-PORT VIDEO-PORT AUDIO-PORT; says the worker's process number when it is ready.
import { createServer } from 'node:http';
import { createRequire } from 'node:module';

const [modules, door, videoPort, audioPort] = process.argv.slice(2);
const mediasoup = createRequire(`${modules}/package.json`)('mediasoup');

const H264 = { 'packetization-mode': 1, 'level-asymmetry-allowed': 1, 'profile-level-id': '42e01f' };
const feedback = [{ type: 'nack' }, { type: 'nack', parameter: 'pli' }, { type: 'ccm', parameter: 'fir' }];
const codecs = [
  { kind: 'audio', mimeType: 'audio/opus', clockRate: 48000, channels: 2, preferredPayloadType: 111 },
  { kind: 'video', mimeType: 'video/H264', clockRate: 90000, parameters: H264, preferredPayloadType: 102, rtcpFeedback: feedback },
];
const worker = await mediasoup.createWorker({ logLevel: 'error' });
const router = await worker.createRouter({ mediaCodecs: codecs });

async function publication(index, port, ssrc) {
  const transport = await router.createPlainTransport({ listenIp: '127.0.0.1', port: Number(port), rtcpMux: true, comedia: true });
  const { kind, preferredPayloadType: payloadType, ...codec } = codecs[index];
  const rtpParameters = { codecs: [{ ...codec, payloadType }], encodings: [{ ssrc }], rtcp: { cname: 'host' } };
  return transport.produce({ kind, rtpParameters });
}
const producers = [await publication(0, audioPort, 1111), await publication(1, videoPort, 2222)];

function section({ kind, rtpParameters }, mid, transport) {
  const { iceParameters: ice, iceCandidates, dtlsParameters } = transport;
  const { ip, port, priority } = iceCandidates[0];
  const print = dtlsParameters.fingerprints.find((one) => one.algorithm === 'sha-256');
  const { payloadType, mimeType, clockRate, channels } = rtpParameters.codecs[0];
  const name = `${mimeType.split('/')[1]}/${clockRate}${channels ? `/${channels}` : ''}`;
  return [
    `m=${kind} 9 UDP/TLS/RTP/SAVPF ${payloadType}`, 'c=IN IP4 127.0.0.1', `a=mid:${mid}`, `a=rtpmap:${payloadType} ${name}`,
    `a=ice-ufrag:${ice.usernameFragment}`, `a=ice-pwd:${ice.password}`, `a=fingerprint:sha-256 ${print.value}`,
    `a=candidate:1 1 udp ${priority} ${ip} ${port} typ host`, 'a=setup:passive', 'a=rtcp-mux', 'a=sendonly',
    `a=ssrc:${rtpParameters.encodings[0].ssrc} cname:host`,
  ];
}

async function watch(offer) {
  const value = /^a=fingerprint:sha-256 (\S+)/m.exec(offer)[1];
  const transport = await router.createWebRtcTransport({ listenIps: ['127.0.0.1'], enableUdp: true, enableTcp: false });
  await transport.connect({ dtlsParameters: { role: 'client', fingerprints: [{ algorithm: 'sha-256', value }] } });
  const capable = { codecs: router.rtpCapabilities.codecs.filter((one) => !one.mimeType.endsWith('/rtx')), headerExtensions: [] };
  const consumers = [];
  for (const { id } of producers) consumers.push(await transport.consume({ producerId: id, rtpCapabilities: capable }));
  const lines = ['v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=-', 't=0 0', 'a=ice-lite', 'a=group:BUNDLE 0 1'];
  return [...lines, ...consumers.flatMap((one, mid) => section(one, mid, transport)), ''].join('\r\n');
}

createServer(async (request, response) => {
  let offer = '';
  for await (const piece of request) offer += piece;
  const answer = await watch(offer);
  const headers = { 'Content-Type': 'application/sdp', 'Content-Length': Buffer.byteLength(answer), Location: '/gone' };
  response.writeHead(201, headers).end(answer);
}).listen(Number(door), '127.0.0.1', () => console.log(worker.pid));
