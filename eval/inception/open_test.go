package inception

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/pkg/core/tensors"
	"github.com/google/go-cmp/cmp"

	"github.com/amgen/amgen/eval/internal/golden"
	"github.com/amgen/amgen/eval/internal/pretrained"
	"github.com/amgen/amgen/eval/internal/pseudo"
	"github.com/amgen/amgen/internal/fetch"
	"github.com/amgen/amgen/weights"
)

// TestOffline: where the weights are absent and may not be fetched, one line says what to take and where to put it.
func TestOffline(t *testing.T) {
	cache := t.TempDir()
	for name, parts := range map[string][]string{
		FID:       {fidAddress, fidSHA256, filepath.Join(cache, "weights", FID)},
		KerasNSFW: {"npm pack nsfwjs@4.4.0", filepath.Join(cache, "weights", KerasNSFW)},
	} {
		v, err := lookup(name)
		if err != nil {
			t.Fatal(err)
		}
		v.source.Files.Sources = v.source.Files.Sources[:1] // without npm, whose cache may have the package
		_, err = v.load(context.Background(), Options{Cache: cache, Offline: true})
		if !errors.Is(err, fetch.ErrOffline) || strings.Contains(err.Error(), "\n") {
			t.Fatalf("%s: error %v, want one line of ErrOffline", name, err)
		}
		for _, part := range parts {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("%s: error %q doesn't say %q", name, err, part)
			}
		}
	}
	if _, err := Open(context.Background(), nil, "vgg", Options{}); err == nil ||
		!strings.Contains(err.Error(), KerasNSFW) {
		t.Errorf("error %v, want one that lists the networks", err)
	}
}

// TestUserFile: a file that a user names and that isn't the network's is refused, with its hash and where to get the
// right one.
func TestUserFile(t *testing.T) {
	dir := t.TempDir()
	for name, content := range map[string]string{"truncated.pth": "half of the weights", "empty": ""} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
		for network, says := range map[string]string{FID: "sha256", KerasNSFW: "npm pack"} {
			_, err := Open(context.Background(), nil, network, Options{Cache: dir, Weights: path})
			if err == nil || !strings.Contains(err.Error(), says) || !strings.Contains(err.Error(), path) ||
				strings.Contains(err.Error(), "\n") {
				t.Errorf("%s of %s: error %v, want one line that says %q", network, name, err, says)
			}
		}
	}
	if _, err := Open(context.Background(), nil, FID, Options{Cache: dir,
		Weights: filepath.Join(dir, "absent")}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("error %v, want ErrNotExist", err)
	}
}

// TestConvertedOnce: weights are converted once; converted ones that were damaged, or made of others, are made again.
func TestConvertedOnce(t *testing.T) {
	folded, err := fromPyTorch(pseudoWeights())
	if err != nil {
		t.Fatal(err)
	}
	conversions := 0
	v := fidVariant()
	v.source.Files.Files = nil // nothing to fetch
	v.source.Convert = func(func(string) ([]byte, error)) ([]weights.Tensor, error) {
		conversions++
		return folded, nil
	}
	opts := Options{Cache: t.TempDir()}
	load := func() {
		t.Helper()
		list, err := v.load(context.Background(), opts)
		if err != nil {
			t.Fatal(err)
		}
		for _, got := range list {
			if got.Name == folded[10].Name && !cmp.Equal(got, folded[10]) {
				t.Errorf("tensor %s differs from what was converted", got)
			}
		}
	}
	load()
	load()
	if conversions != 1 {
		t.Errorf("%d conversions, want 1", conversions)
	}
	path := filepath.Join(v.source.Files.Dir(fetch.Options{Cache: opts.Cache}), pretrained.Converted)
	if err := os.Truncate(path, 1<<20); err != nil {
		t.Fatal(err)
	}
	load()
	if conversions != 2 {
		t.Errorf("%d conversions after damage, want 2", conversions)
	}
	v.source.Files.Files = []fetch.File{{Name: "other", SHA256: "0"}}
	opts.Offline = true // so nothing brings the other file
	if _, err := v.load(context.Background(), opts); !errors.Is(err, ErrOffline) {
		t.Error("weights converted from another file were taken")
	}
}

// TestKerasNSFW compares the network of the npm package with PyTorch's features of it, by testdata/keras.py. It needs
// the package in the cache.
func TestKerasNSFW(t *testing.T) {
	if files := kerasVariant().source.Files; !files.Cached(fetch.Options{}) {
		t.Skip("keras-nsfw isn't in the cache: `amgen eval fid --features keras-nsfw` fetches it")
	}
	e, err := Open(context.Background(), testBackend(), KerasNSFW, Options{Batch: 2, Offline: true})
	if err != nil {
		t.Fatal(err)
	}
	pool, logits, err := e.Extract(tensors.FromFlatDataAndDimensions(pseudo.Pixels(9001, 2*Side*Side*3), 2, Side, Side,
		3))
	if err != nil {
		t.Fatal(err)
	}
	for name, got := range map[string][]float32{"pool": pool, "logits": logits} {
		d := golden.Apart(got, golden.Read(t, "../testdata/keras.npz", name))
		t.Logf("%s differs by %.3g of PyTorch's", name, d)
		if !(d < 1e-4) {
			t.Errorf("%s differs by %.3g of PyTorch's", name, d)
		}
	}
	if e.Name() != KerasNSFW || e.Note() == "" || len(e.Hash()) != 64 {
		t.Errorf("name %q, note %q, hash %q", e.Name(), e.Note(), e.Hash())
	}
}

// script is a model script as TensorFlow.js' bundles are.
func script(manifest string) []byte {
	return []byte(`!function(a){}({1:[function(a,n,i){n.exports={modelTopology:{a:!1},weightsManifest:` + manifest +
		`}},{}]},{},[1])(1)});`)
}

func TestDequantise(t *testing.T) {
	const entry = `{name:"%s",shape:[%s],dtype:"float32",quantization:{min:%s,scale:%s,dtype:"uint8"}}`
	model := script(`[{paths:["a","b"],weights:[` + fmt.Sprintf(entry, "a/kernel", "2,2", "-.5", ".25") + "," +
		fmt.Sprintf(entry, "b", "1", "1250e-4", "1") + `]}]`)
	list, err := dequantise(model, []byte{0, 2, 4, 255, 3})
	if err != nil {
		t.Fatal(err)
	}
	want := []weights.Tensor{pretrained.Tensor("a/kernel", []float32{-0.5, 0, 0.5, 63.25}, 2, 2),
		pretrained.Tensor("b", []float32{3.125}, 1)}
	if diff := cmp.Diff(want, list); diff != "" {
		t.Error(diff)
	}
	for name, bad := range map[string]struct {
		script []byte
		shards int
	}{
		"short shards": {model, 4}, "long shards": {model, 6}, "no manifest": {[]byte("n.exports={}"), 0},
		"open manifest": {model[:len(model)-30], 5}, "a negative size": {script(`[{weights:[` +
			fmt.Sprintf(entry, "a", "-1", "0", "1") + `]}]`), 0},
		"a huge size": {script(`[{weights:[` + fmt.Sprintf(entry, "a", "65536,65536,65536,65536,65536", "0", "1") +
			`]}]`), 5},
		"other numbers":   {script(`[{weights:[{name:"a",shape:[1],dtype:"float32"}]}]`), 1},
		"nested too deep": {script(strings.Repeat("[", 1000)), 0},
	} {
		if _, err := dequantise(bad.script, make([]byte, bad.shards)); err == nil ||
			strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: error %v, want one line", name, err)
		}
	}
	for text, want := range map[string]string{`n.exports="AAEC"`: "\x00\x01\x02", `n.exports="AA`: "",
		`n.exports="A"`: ""} {
		got, err := decodeShard([]byte(text))
		if string(got) != want || (err == nil) != (want != "") {
			t.Errorf("shard %s: %q, error %v", text, got, err)
		}
	}
}

// FuzzModelScript: no script makes the reader panic or take memory out of proportion.
func FuzzModelScript(f *testing.F) {
	f.Add(script(`[{weights:[{name:"a",shape:[2,2],dtype:"float32",quantization:{min:-.5,scale:.25,dtype:"uint8"}}]}]`),
		[]byte{0, 1, 2, 3})
	f.Add(script(`[{a:!0,"b":!1,c:null,d:[1,"x"]}]`), []byte{})
	f.Add([]byte(`weightsManifest:{`), []byte{})
	f.Fuzz(func(t *testing.T, model, shards []byte) {
		list, err := dequantise(model, shards)
		if err != nil {
			return
		}
		total := 0
		for _, tensor := range list {
			total += len(tensor.Data)
		}
		if total != 4*len(shards) {
			t.Fatalf("%d bytes of tensors from %d", total, len(shards))
		}
	})
}
