// What a page needs to publish to the relay and to watch it; evaluated in a blank page of the relay's own origin.
window.offered = async (peer, path, token) => {
  await peer.setLocalDescription();
  const headers = { 'Content-Type': 'application/sdp', Authorization: `Bearer ${token}` };
  const answer = await fetch(path, { method: 'POST', headers, body: peer.localDescription.sdp });
  if (answer.status !== 201) throw new Error(`${answer.status} ${await answer.text()}`);
  window.place = { location: answer.headers.get('Location'), tag: answer.headers.get('ETag') };
  // A network that lets only `window.only` out ('tcp') is as if there were no other candidates.
  const open = (line) => !window.only || !line.startsWith('a=candidate:') || line.includes(` ${window.only} `);
  const sdp = (await answer.text()).split('\r\n').filter(open).join('\r\n');
  await peer.setRemoteDescription({ type: 'answer', sdp });
};
window.raw = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
window.publish = async (path, token, codec, layers) => {
  const size = layers ? { width: 960, height: 540 } : { width: 640, height: 480 }; // the least that has three layers
  const media = await navigator.mediaDevices.getUserMedia({ audio: raw, video: size });
  const peer = (window.peer = new RTCPeerConnection({ bundlePolicy: 'max-bundle' }));
  for (const track of media.getTracks()) {
    const transceiver = peer.addTransceiver(track, {
      direction: 'sendonly', streams: [media],
      ...(track.kind === 'video' && layers && { sendEncodings: layers }),
    });
    if (track.kind === 'video' && codec) {
      const known = RTCRtpReceiver.getCapabilities('video').codecs;
      const wanted = (one) => one.mimeType === `video/${codec}` || one.mimeType === 'video/rtx';
      transceiver.setCodecPreferences(known.filter(wanted));
    }
    // A busy machine may cost pictures, not their size: that is what a layer is told by.
    const { sender } = transceiver;
    if (track.kind === 'video' && layers)
      await sender.setParameters({ ...sender.getParameters(), degradationPreference: 'maintain-resolution' });
  }
  await offered(peer, path, token);
};
window.view = async (path, token, more) => {
  const begun = performance.now();
  const peer = (window.peer = new RTCPeerConnection({ bundlePolicy: 'max-bundle', ...more }));
  const video = Object.assign(document.createElement('video'), { autoplay: true, muted: false, playsInline: true });
  document.body.append(video);
  const media = new MediaStream();
  peer.ontrack = (event) => { media.addTrack(event.track); video.srcObject = media; };
  for (const kind of ['audio', 'video']) peer.addTransceiver(kind, { direction: 'recvonly' });
  window.firstFrame = new Promise((told) => video.requestVideoFrameCallback(() => told(performance.now() - begun)));
  await offered(peer, path, token);
};
window.wish = async (video) => {
  const headers = { 'Content-Type': 'application/json' };
  return (await fetch(place.location, { method: 'PATCH', headers, body: JSON.stringify({ video }) })).status;
};
// How many key frames a publisher was asked for, of all its layers.
window.asked = async () =>
  [...(await peer.getStats()).values()]
    .filter((one) => one.type === 'outbound-rtp' && one.kind === 'video')
    .reduce((sum, one) => sum + one.pliCount, 0);
window.figures = async () => {
  const found = { states: [peer.connectionState, peer.iceConnectionState] };
  for (const one of (await peer.getStats()).values())
    if (one.type === 'inbound-rtp' || one.type === 'outbound-rtp' || one.type === 'media-source') found[one.type === 'media-source' ? 'source_' + one.kind : one.kind] = { ...one };
  return found;
};
