package imaging

import (
	"fmt"
	"image/color"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// TestSplitNamed holds which names of folders are those of splits, and which only sound like it.
func TestSplitNamed(t *testing.T) {
	for name, want := range map[string]Split{
		"train": Train, "Train": Train, "TRAINING": Train, "train2017": Train, "training_set": Train,
		"train-images": Train, "images_train": Train,
		"trainset": Train, "TrainSet": Train, "test": Test, "testing": Test, "test1": Test, "holdout": Test,
		"Hold-Out": Test, "held_out": Test, "holdOut": Test,
		"val": Val, "Valid": Val, "validation": Val, "dev": Val, "val2017": Val, "validation_set": Val, "eval": Val,
	} {
		if got, ok, like := splitNamed(name); got != want || !ok || like != want {
			t.Errorf("%s is taken for %q (%v), want %q", name, got, ok, want)
		}
	}
	for name, want := range map[string]Split{"bullet-train": Train, "train_station": Train, "trainA": Train,
		"seg_test": Test, "test tube": Test, "my val": Val,
		"valley": "", "contest": "", "restrain": "", "cat": "", "0": "", "devil": "", "latest": "", "evaluated": ""} {
		if got, ok, like := splitNamed(name); ok || like != want {
			t.Errorf("%s is taken for %q (%v), like %q; want none, like %q", name, got, ok, like, want)
		}
	}
}

// TestLayouts holds which pictures belong to which split, in layouts as people have them, and what is refused.
func TestLayouts(t *testing.T) {
	tests := []struct {
		name  string
		files string // with spaces between; each picture's grey level is its place in the list
		ask   string // the name's end
		split Split
		want  []uint8
		says  string // of the error
	}{
		{"train and val", "train/a.png val/b.png", "", Train, []uint8{0}, ""},
		{"any case", "Training/a.png VALID/b.png Testing/c.png", "", Val, []uint8{1}, ""},
		{"any case, test", "Training/a.png VALID/b.png Testing/c.png", "", Test, []uint8{2}, ""},
		{"holdout", "train/a.png holdout/b.png", "", Test, []uint8{1}, ""},
		{"COCO", "train2017/a.png val2017/b.png annotations/x.json", "", Train, []uint8{0}, ""},
		{"ImageNet", "train/n01/a.png train/n02/b.png val/n01/c.png", "", Train, []uint8{0, 1}, ""},
		{"no test", "train/a.png val/b.png", "", Test, nil, "got the splits train and val alone"},
		{"no train", "test/a.png val/b.png", "", Train, nil, "got the splits test and val alone"},
		{"test alone", "test/a.png", "", Train, nil, "test to take its pictures as a set of their own"},
		{"train alone", "train/a.png notes.txt", "", Train, []uint8{0}, ""},
		{"not divided", "a.png", "", Test, nil, "isn't divided"},
		{"classes", "cat/a.png dog/b.png", "", Train, []uint8{0, 1}, ""},
		{"vehicles", "train/a.png car/b.png", "", Train, nil, "may be a split or a class"},
		{"vehicles, the split", "train/a.png car/b.png", ":train", Train, []uint8{0}, ""},
		{"vehicles, all", "train/a.png car/b.png", ":all", Train, []uint8{1, 0}, ""},
		{"pictures beside", "test/a.png b.png", "", Train, nil, "may be a split or a class"},
		{"two trains", "train/a.png Train/b.png val/c.png", "", Train, nil, "rename all but one"},
		{"like splits", "seg_train/a.png seg_test/b.png seg_pred/c.png", "", Train, nil, "named like splits, but " +
			"unclearly"},
		{"two domains", "trainA/a.png trainB/b.png testA/c.png testB/d.png", "", Train, nil,
			"named like splits, but unclearly"},
		{"bullet train", "bullet-train/a.png car/b.png", "", Train, []uint8{0, 1}, ""},
		{"splits within", "images/train/a.png images/val/b.png labels/train/a.txt", "", Train, nil,
			"splits and not one set"},
		{"splits of classes", "cat/train/a.png cat/test/b.png dog/train/c.png dog/test/d.png", "", Train, nil,
			"splits and not one set"},
		{"splits of classes, all", "cat/train/a.png cat/test/b.png", ":all", Train, []uint8{1, 0}, ""},
		{"others beside", "train/a.png test/b.png extra/c.png d.png", "", Train, []uint8{0}, ""},
		{"hidden splits", ".train/a.png b.png", "", Train, []uint8{1}, ""},
		{"the other split's name", "train/a.png test/b.png", ":test", Train, nil, "a name for the split"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			files := map[string][]byte{}
			for i, name := range strings.Fields(test.files) {
				files[name] = encoded(t, "png", plain(2, 2, color.Gray{uint8(i)}))
			}
			name := "folder:" + write(t, files) + test.ask
			d, err := Load(t.Context(), name, test.split, Options{Size: 1, Channels: 1})
			if test.says != "" {
				if err == nil || !strings.Contains(err.Error(), test.says) || strings.Contains(err.Error(), "\n") {
					t.Fatalf("error %v, want one line that says %q", err, test.says)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, d.Images); diff != "" {
				t.Error(diff)
			}
			asIs, err := LoadSplitAsIs(t.Context(), name, test.split, 0)
			if err != nil || asIs.Len() != len(test.want) {
				t.Errorf("as they are: %v, %v", asIs, err)
			}
		})
	}
}

// TestHeldOutIsNeverTrainedOn: with whatever other folders, a picture below one that is named like a held-out split
// isn't in the training set, unless all is asked for.
func TestHeldOutIsNeverTrainedOn(t *testing.T) {
	good := encoded(t, "png", plain(1, 1, color.Gray{1}))
	held := encoded(t, "png", plain(1, 1, color.Gray{200}))
	base := t.TempDir()
	n := 0
	rapid.Check(t, func(t *rapid.T) {
		n++
		dir := filepath.Join(base, fmt.Sprint(n))
		put := func(folder string, data []byte) {
			if err := os.MkdirAll(filepath.Join(dir, folder), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, folder, "a.png"), data, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		put(rapid.SampledFrom([]string{"val", "Valid", "TEST", "testing", "holdout", "dev", "validation_set",
			"val2014"}).Draw(t, "held out"), held)
		for _, other := range rapid.SliceOfDistinct(rapid.SampledFrom([]string{"train", "Training", "cat", "dog",
			"images", "old_train", "x/y"}),
			rapid.ID).Draw(t, "others") {
			put(other, good)
		}
		d, err := Load(t.Context(), "folder:"+dir, Train, Options{Size: 1, Channels: 1})
		if err == nil && slices.Contains(d.Images, 200) {
			t.Fatal("trained on what is held out")
		}
	})
}

// TestLinkedFolders: linked folders are read once, without loops, and the same pictures as before come first.
func TestLinkedFolders(t *testing.T) {
	grey := func(v uint8) []byte { return encoded(t, "png", plain(1, 1, color.Gray{v})) }
	dir := write(t, map[string][]byte{"in/b/1.png": grey(1), "out/2.png": grey(2), "out/deep/3.png": grey(3)})
	for link, target := range map[string]string{"in/a": "../out", "in/c": "b", "in/b/up": "..", "out/deep/self": ".",
		"out/deep/up": "../../in"} {
		if err := os.Symlink(target, filepath.Join(dir, link)); err != nil {
			t.Skip(err)
		}
	}
	if err := os.Symlink("in", filepath.Join(dir, "whole")); err != nil {
		t.Skip(err)
	}
	d, err := Load(t.Context(), "folder:"+filepath.Join(dir, "whole"), Train, Options{Size: 1, Channels: 1})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]uint8{2, 3, 1}, d.Images); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"a", "b"}, d.Classes); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]Count{{"links to a folder that is read anyway", 4}}, d.Found.PassedOver); diff != "" {
		t.Error(diff)
	}
}
