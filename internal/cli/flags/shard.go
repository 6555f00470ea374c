package flags

import (
	"strings"

	"github.com/amgen/amgen/eval"
)

// mostShards, times draw.MostSamples, doesn't overflow.
const mostShards = 1 << 20

// ParseShard reads I/N, part I of N counted from 0; the empty text is all of the work.
func ParseShard(text string) (eval.Shard, error) {
	if text == "" {
		return eval.Shard{}, nil
	}
	index, count, ok := strings.Cut(text, "/")
	i, err := parseInteger(index, 32)
	n, err2 := parseInteger(count, 32)
	if !ok || err != nil || err2 != nil || i < 0 || i >= n || n > mostShards {
		return eval.Shard{}, Usagef("--shard takes I/N with 0 ≤ I < N ≤ %d, as in 0/4, got %q", mostShards, text)
	}
	return eval.Shard{Index: int(i), Count: int(n)}, nil
}
