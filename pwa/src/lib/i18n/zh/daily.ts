/** The question after the check-in, and the milestones of the streak. */
export const daily = {
  questionFrom: '来自 {channel}',
  answer: '一句话回答',
  send: '提交',
  skip: '跳过',
  mood1: '很累',
  mood2: '一般',
  mood3: '平静',
  mood4: '不错',
  mood5: '很棒',
  right: '答对了！',
  wrong: '这次没答对，已记录。',
  thanks: '谢谢，已记录',
  celebrate: '连续 {n} 天！',
  celebrate7: '一周不断线，习惯正在形成。',
  celebrate30: '整整一个月，了不起。',
  celebrate100: '一百天，航迹已成航线。',
  celebrate365: '一整年，你就是灯塔。'
} as const;
