// What a page needs to publish to the relay and to watch it; evaluated in a blank page of the relay's own origin.
window.offered = async (peer, path, token) => {
  await peer.setLocalDescription();
  const headers = { 'Content-Type': 'application/sdp', Authorization: `Bearer ${token}` };
  const answer = await fetch(path, { method: 'POST', headers, body: peer.localDescription.sdp });
  if (answer.status !== 201) throw new Error(`${answer.status} ${await answer.text()}`);
  window.place = { location: answer.headers.get('Location'), tag: answer.headers.get('ETag') };
  await peer.setRemoteDescription({ type: 'answer', sdp: await answer.text() });
};
window.raw = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
window.publish = async (path, token, codec) => {
  const media = await navigator.mediaDevices.getUserMedia({ audio: raw, video: { width: 640, height: 480 } });
  const peer = (window.peer = new RTCPeerConnection({ bundlePolicy: 'max-bundle' }));
  for (const track of media.getTracks()) {
    const transceiver = peer.addTransceiver(track, { direction: 'sendonly', streams: [media] });
    if (track.kind === 'video' && codec) {
      const known = RTCRtpReceiver.getCapabilities('video').codecs;
      const wanted = (one) => one.mimeType === `video/${codec}` || one.mimeType === 'video/rtx';
      transceiver.setCodecPreferences(known.filter(wanted));
    }
  }
  await offered(peer, path, token);
};
window.view = async (path, token) => {
  const begun = performance.now();
  const peer = (window.peer = new RTCPeerConnection({ bundlePolicy: 'max-bundle' }));
  const video = Object.assign(document.createElement('video'), { autoplay: true, muted: false, playsInline: true });
  document.body.append(video);
  const media = new MediaStream();
  peer.ontrack = (event) => { media.addTrack(event.track); video.srcObject = media; };
  for (const kind of ['audio', 'video']) peer.addTransceiver(kind, { direction: 'recvonly' });
  window.firstFrame = new Promise((told) => video.requestVideoFrameCallback(() => told(performance.now() - begun)));
  await offered(peer, path, token);
};
window.figures = async () => {
  const found = { states: [peer.connectionState, peer.iceConnectionState] };
  for (const one of (await peer.getStats()).values())
    if (one.type === 'inbound-rtp' || one.type === 'outbound-rtp' || one.type === 'media-source') found[one.type === 'media-source' ? 'source_' + one.kind : one.kind] = { ...one };
  return found;
};
