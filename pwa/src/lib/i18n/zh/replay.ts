export const replay = {
  title: '回放',
  watch: '看回放',
  preparing: '回放正在制作，几分钟后可以看',
  none: '这一场没有回放',
  noneText: '可能没有录制，或者还在制作中。',
  chapters: '章节',
  noChapters: '主持人置顶过的消息会成为章节',
  strip: '时间轴',
  missed: '你错过了 {time}',
  nothingMissed: '没有错过',
  credited: '出席 {share}',
  playMissed: '播放错过的部分',
  rule: '看回放能补上错过的出席，按真实观看时间计算；快进和倍速不多算。',
  incomplete: '这段录制不完整',
  recording: '录制中',
  record: '录制并生成回放',
  recordText: '结束后自动生成回放和课程'
} as const;
