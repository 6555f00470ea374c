package flags

import (
	"fmt"
	"testing"
)

// TestParseShard: both numbers are whole ones, however they are written.
func TestParseShard(t *testing.T) {
	for text, want := range map[string][2]int{"00/08": {0, 8}, "7/010": {7, 10}, "+1/2": {1, 2}} {
		if got, err := ParseShard(text); err != nil || got.Index != want[0] || got.Count != want[1] {
			t.Errorf("--shard %s is %v, %v; want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"1/1", "-1/2", "0/1e1", "0/0", "1", "0 /2", "0/2/3", fmt.Sprint("0/", mostShards+1)} {
		if got, err := ParseShard(text); err == nil {
			t.Errorf("--shard %q is %v, want an error", text, got)
		}
	}
}
