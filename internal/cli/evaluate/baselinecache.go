package evaluate

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"

	"github.com/amgen/amgen/eval"
	"github.com/amgen/amgen/internal/cli/featurestore"
	"github.com/amgen/amgen/internal/fetch"
	"github.com/amgen/amgen/internal/replace"
)

// baselineForm changes with what baselines are, or with how they are computed.
const baselineForm = "amgen baselines 1"

// baselineInput is all that the baselines of a snapshot depend on.
type baselineInput struct {
	truth, before eval.Cloud
	after         *eval.Cloud // nil where nothing is interpolated
	part          float64     // of the way from before to after
	bandwidths    []float64
	n             int
	seed          int64
}

// key is a hash of it.
func (b baselineInput) key() string {
	h := sha256.New()
	write := func(values ...any) {
		for _, v := range values {
			_ = binary.Write(h, binary.LittleEndian, v) // a hash takes everything
		}
	}
	h.Write([]byte(baselineForm))
	clouds := []eval.Cloud{b.truth, b.before}
	if b.after != nil {
		clouds = append(clouds, *b.after)
	}
	for _, c := range clouds {
		write(int64(c.Dim), int64(len(c.X)), c.X, int64(len(c.Weights)), c.Weights)
	}
	write(b.part, int64(len(b.bandwidths)), b.bandwidths, int64(b.n), b.seed)
	return hex.EncodeToString(h.Sum(nil))
}

// keptBaselines is the content of a file in the cache. Sum is a hash of the others.
type keptBaselines struct {
	Key       string    `json:"key"`
	Unchanged Distances `json:"unchanged"`
	Baselines Baselines `json:"baselines"`
	Sum       string    `json:"sum"`
}

func (k keptBaselines) sum() string {
	k.Sum = ""
	text, err := json.Marshal(k)
	if err != nil {
		return "" // a distance that isn't finite, which is never kept
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// baselinesPath is where the cache keeps the baselines of a key.
func baselinesPath(key string) (string, error) {
	cache, err := fetch.CacheDir()
	return filepath.Join(cache, featurestore.BaselinesDir, key[:16]+".json"), err
}

// findBaselines returns what the cache has of a key. A file that can't be read, or that isn't as it was written, counts
// as missing.
func findBaselines(key string) (kept keptBaselines, ok bool) {
	path, err := baselinesPath(key)
	if err != nil {
		return kept, false
	}
	text, err := readSmall(path)
	if err != nil || json.Unmarshal(text, &kept) != nil {
		return keptBaselines{}, false
	}
	return kept, kept.Key == key && kept.Sum != "" && kept.Sum == kept.sum()
}

// keepBaselines writes them to the cache, if that is possible: they can be computed again.
func keepBaselines(kept keptBaselines) {
	path, err := baselinesPath(kept.Key)
	if kept.Sum = kept.sum(); err != nil || kept.Sum == "" {
		return
	}
	text, err := json.Marshal(kept)
	if err == nil && os.MkdirAll(filepath.Dir(path), 0o755) == nil {
		_ = replace.Text(path, text)
	}
}
