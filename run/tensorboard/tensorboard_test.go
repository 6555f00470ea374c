package tensorboard_test

import (
	"encoding/binary"
	"hash/crc32"
	"math"
	"os"
	"path/filepath"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/amgen/amgen/internal/smallrun"
	"github.com/amgen/amgen/run"
	"github.com/amgen/amgen/run/tensorboard"
	"github.com/amgen/amgen/run/train"
)

// records are the payloads of a TFRecord file, whose two checksums of each are checked.
func records(t *testing.T, data []byte) (list [][]byte) {
	t.Helper()
	check := func(part []byte, want uint32) {
		c := crc32.Checksum(part, crc32.MakeTable(crc32.Castagnoli))
		if got := (c>>15 | c<<17) + 0xa282ead8; got != want {
			t.Fatalf("checksum %x, want %x", want, got)
		}
	}
	for len(data) > 0 {
		n := binary.LittleEndian.Uint64(data)
		check(data[:8], binary.LittleEndian.Uint32(data[8:]))
		payload := data[12 : 12+n]
		check(payload, binary.LittleEndian.Uint32(data[12+n:]))
		list, data = append(list, payload), data[16+n:]
	}
	return list
}

// fields are the values of a message by their numbers, the bytes of each.
func fields(t *testing.T, message []byte) map[protowire.Number][][]byte {
	t.Helper()
	found := map[protowire.Number][][]byte{}
	for len(message) > 0 {
		number, kind, n := protowire.ConsumeTag(message)
		if n < 0 {
			t.Fatal(protowire.ParseError(n))
		}
		m := protowire.ConsumeFieldValue(number, kind, message[n:])
		if m < 0 {
			t.Fatal(protowire.ParseError(m))
		}
		value := message[n : n+m]
		if kind == protowire.BytesType {
			value, _ = protowire.ConsumeBytes(value)
		}
		found[number] = append(found[number], value)
		message = message[n+m:]
	}
	return found
}

// steps are those of the values of a tag, in the file's order, and the values.
func steps(t *testing.T, folder, tag string) (steps []int, values []float32) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*"))
	if err != nil || len(files) != 1 {
		t.Fatalf("%d files, want one (%v)", len(files), err)
	}
	data, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	for _, record := range records(t, data) {
		event := fields(t, record)
		for _, summary := range event[5] {
			for _, value := range fields(t, summary)[1] {
				value := fields(t, value)
				if string(value[1][0]) != tag {
					continue
				}
				step, _ := protowire.ConsumeVarint(event[2][0])
				steps = append(steps, int(step))
				if simple := value[2]; len(simple) > 0 {
					bits, _ := protowire.ConsumeFixed32(simple[0])
					values = append(values, math.Float32frombits(bits))
				}
			}
		}
	}
	return steps, values
}

// A run that goes on has each step once, with the log's losses; one that lost steps has those of its log alone.
func TestExporter(t *testing.T) {
	dir := run.Dir(smallrun.Train(t, func(c *run.Config) { c.Steps, c.LogEvery, c.SampleEvery = 6, 1, 3 }))
	folder := filepath.Join(t.TempDir(), "a", "board")
	whole, _, err := train.ReadStats(dir.File(run.StatsName))
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(dir.File(run.StatsName))
	if err != nil {
		t.Fatal(err)
	}
	ends := []int{0}
	for i, b := range text {
		if b == '\n' {
			ends = append(ends, i+1)
		}
	}
	exporter := tensorboard.New(dir, folder)
	defer exporter.Close()
	for _, lines := range []int{2, 5, 3, 6, 6} { // 3 has lost steps 4 and 5
		if err := os.WriteFile(dir.File(run.StatsName), text[:ends[lines]], 0o644); err != nil {
			t.Fatal(err)
		}
		if err := exporter.Update(); err != nil {
			t.Fatal(err)
		}
		got, losses := steps(t, folder, "loss")
		if len(got) != lines {
			t.Fatalf("steps %v of %d lines", got, lines)
		}
		for i, step := range got {
			if step != whole[i].Step || losses[i] != float32(whole[i].Loss) {
				t.Errorf("step %d has loss %g, want %d and %g", step, losses[i], whole[i].Step, whole[i].Loss)
			}
		}
		shown, _ := steps(t, folder, "samples")
		if want := lines / 3; len(shown) != want {
			t.Errorf("samples of steps %v after %d lines, want %d pictures", shown, lines, want)
		}
	}
	if configurations, _ := steps(t, folder, "configuration"); len(configurations) != 1 {
		t.Errorf("%d configurations, want 1", len(configurations))
	}
	// Another exporter, as of another session, begins again; a file of another program stays.
	other := filepath.Join(folder, "events.out.tfevents.1.other")
	if err := os.WriteFile(other, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	again := tensorboard.New(dir, folder)
	defer again.Close()
	if err := again.Update(); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(other); err != nil {
		t.Errorf("the file of another program: %v", err)
	}
	if got, _ := steps(t, folder, "loss"); len(got) != 6 {
		t.Errorf("steps %v of a new file, want 6", got)
	}
}
