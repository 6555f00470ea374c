package weights

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/pkg/core/dtypes"
)

// stream is a file of the older format whose dictionary is made by a program, with one storage "k" of count floats.
func stream(program string, count int64, data []byte) []byte {
	var b bytes.Buffer
	b.WriteString("\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.")                    // the magic number
	b.WriteString("\x80\x02M\xe9\x03.")                                            // protocol 1001
	b.WriteString("\x80\x02}(X\x0d\x00\x00\x00little_endian\x88u.")                // the machine
	b.WriteString("\x80\x02" + program + ".")                                      // the dictionary
	b.WriteString("\x80\x02]X\x01\x00\x00\x00ka.")                                 // the list of storages
	b.Write(append(binary.LittleEndian.AppendUint64(nil, uint64(count)), data...)) // the storage
	return b.Bytes()
}

func long(n int64) string {
	return "\x8a\x08" + string(binary.LittleEndian.AppendUint64(nil, uint64(n)))
}

func text(s string) string {
	return "X" + string(binary.LittleEndian.AppendUint32(nil, uint32(len(s)))) + s
}

// tensorOf is a program for a dictionary of one tensor: a name, and a view of a storage of so many floats.
func tensorOf(name string, count int64, offset, shape, stride string) string {
	storage := "(" + text("storage") + "ctorch\nFloatStorage\n" + text("k") + text("cpu") + long(count) + "tQ"
	return "}" + text(name) + "ctorch._utils\n_rebuild_tensor_v2\n(" + storage + offset + "(" + shape + "t(" + stride +
		"t\x89}tRs"
}

// overlapping is an archive of n storages that are all the same 100 kB.
func overlapping(n int) []byte {
	body := make([]byte, 100_000)
	var b, directory bytes.Buffer
	local := func(w *bytes.Buffer, signature string, central bool, name string, body []byte, at int) {
		w.WriteString(signature)
		if central {
			w.Write([]byte{20, 0})
		}
		w.Write([]byte{20, 0, 0, 0, 0, 0, 0, 0, 0, 0})
		w.Write(binary.LittleEndian.AppendUint32(nil, crc32.ChecksumIEEE(body)))
		w.Write(binary.LittleEndian.AppendUint32(nil, uint32(len(body))))
		w.Write(binary.LittleEndian.AppendUint32(nil, uint32(len(body))))
		w.Write(binary.LittleEndian.AppendUint16(nil, uint16(len(name))))
		w.Write([]byte{0, 0})
		if central {
			w.Write(make([]byte, 10))
			w.Write(binary.LittleEndian.AppendUint32(nil, uint32(at)))
		}
		w.WriteString(name)
	}
	var program strings.Builder
	program.WriteString("\x80\x02}")
	for i := range n {
		key := string(rune('a'+i/26)) + string(rune('a'+i%26))
		one := strings.ReplaceAll(tensorOf(key, 25_000, "K\x00", long(25_000), "K\x01"), text("k"), text(key))
		program.WriteString(one[1:]) // without the dictionary
	}
	program.WriteString(".")
	local(&b, "PK\x03\x04", false, "x/data.pkl", []byte(program.String()), 0)
	b.WriteString(program.String())
	at := b.Len()
	local(&b, "PK\x03\x04", false, "x/data/aa", body, 0)
	b.Write(body)
	local(&directory, "PK\x01\x02", true, "x/data.pkl", []byte(program.String()), 0)
	for i := range n {
		local(&directory, "PK\x01\x02", true, "x/data/"+string(rune('a'+i/26))+string(rune('a'+i%26)), body, at)
	}
	start := b.Len()
	b.Write(directory.Bytes())
	b.WriteString("PK\x05\x06\x00\x00\x00\x00")
	b.Write(binary.LittleEndian.AppendUint16(binary.LittleEndian.AppendUint16(nil, uint16(n+1)), uint16(n+1)))
	b.Write(binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(nil, uint32(directory.Len())),
		uint32(start)))
	b.Write([]byte{0, 0})
	return b.Bytes()
}

// entries is an archive of n empty files.
func entries(n int) []byte {
	var b bytes.Buffer
	one := strings.Repeat("\x00", 42)
	b.WriteString("PK\x03\x04" + one[:22] + "\x01\x00\x00\x00x")
	start := b.Len()
	for i := range n {
		name := fmt.Sprintf("%06d", i)
		b.WriteString("PK\x01\x02" + one[:24] + "\x06" + one[:17] + name)
	}
	size := b.Len() - start
	b.WriteString("PK\x05\x06\x00\x00\x00\x00")
	b.Write(binary.LittleEndian.AppendUint16(binary.LittleEndian.AppendUint16(nil, uint16(n)), uint16(n)))
	b.Write(binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(nil, uint32(size)), uint32(start)))
	b.Write([]byte{0, 0})
	return b.Bytes()
}

// bomb is an archive whose storage is packed.
func bomb(t *testing.T) []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, content := range map[string]string{"x/data.pkl": "\x80\x02" +
		tensorOf("a", 1<<24, "K\x00", long(1<<24), "K\x01") + ".",
		"x/data/k": strings.Repeat("\x00", 1<<26)} {
		method := zip.Store
		if name == "x/data/k" {
			method = zip.Deflate
		}
		w, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: method})
		if err == nil {
			_, err = w.Write([]byte(content))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// sharedLists is a list of ten times the same list, and so on so many deep, with ten numbers at the end.
func sharedLists(depth int) string {
	memo := string(rune(depth))
	inner := strings.Repeat("K\x01", 10)
	if depth > 1 {
		inner = sharedLists(depth-1) + strings.Repeat("h"+string(rune(depth-1)), 9)
	}
	return "]q" + memo + "(" + inner + "e"
}

// TestHostilePyTorch: files made to take memory, or the stack, are refused with no more than four times their size and
// the allowance for 600 small tensors.
func TestHostilePyTorch(t *testing.T) {
	sound := stream(tensorOf("../../etc/passwd", 2, "K\x00", "K\x02", "K\x01"), 2, make([]byte, 8))
	if list, err := ParsePyTorch(sound); err != nil || len(list) != 1 || list[0].Name != "../../etc/passwd" {
		t.Fatalf("a sound one, whose names are only names: %v, %v", list, err)
	}
	const allowance = 3 << 20
	for _, c := range []struct {
		name string
		data []byte
	}{
		{"2^60 elements", stream(tensorOf("a", 1<<60, "K\x00", long(1<<60), "K\x01"), 1<<60, nil)},
		{"2^62 elements of 4 bytes", stream(tensorOf("a", 1<<62, "K\x00", long(1<<62), "K\x01"), 1<<62, nil)},
		{"a negative offset", stream(tensorOf("a", 2, "J\xff\xff\xff\xff", "K\x02", "K\x01"), 2, make([]byte, 8))},
		{"an offset beyond", stream(tensorOf("a", 2, long(1<<62), "K\x02", "K\x01"), 2, make([]byte, 8))},
		{"a stride that overflows", stream(tensorOf("a", 2, "K\x00", "K\x02", long(1<<62)), 2, make([]byte, 8))},
		{"a shape that overflows", stream(tensorOf("a", 2, "K\x00", long(1<<33)+long(1<<33), "K\x00K\x00"), 2,
			make([]byte, 8))},
		{"the same number a million times", stream(tensorOf("a", 2, "K\x00", long(1<<20), "K\x00"), 2,
			make([]byte, 8))},
		{"a tuple in a tuple, a million times", stream(")"+strings.Repeat("\x85", 1<<20), 0, nil)},
		{"a million lists", stream(strings.Repeat("]", 1<<20), 0, nil)},
		{"a million marks", stream(strings.Repeat("(", 1<<20), 0, nil)},
		{"a list in itself", stream("]q\x00h\x00a", 0, nil)},
		{"a dictionary in itself", stream("}q\x00"+text("a")+"h\x00s", 0, nil)},
		{"ten million numbers in lists that share them", stream("}"+text("a")+sharedLists(7)+"s", 0, nil)},
		{"a long name for each of many numbers", stream("}"+text(strings.Repeat("n", 60_000))+"]("+
			strings.Repeat("N", 10_000)+"es", 0, nil)},
		{"a class for a tensor", stream("}"+text("a")+"ctorch\nFloatStorage\ns", 0, nil)},
		{"a text of 4 GB", stream("X\xff\xff\xff\xffa", 0, nil)},
		{"a packed storage", bomb(t)},
		{"600 storages in one place", overlapping(600)},
		{"70000 entries", entries(70_000)},
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := ParsePyTorch(c.data)
		runtime.ReadMemStats(&after)
		if !errors.Is(err, ErrCorrupt) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: error %v, want one line of ErrCorrupt", c.name, err)
		}
		if memory := after.TotalAlloc - before.TotalAlloc; memory > 4*uint64(len(c.data))+allowance {
			t.Errorf("%s: %d bytes of memory for a file of %d", c.name, memory, len(c.data))
		} else {
			t.Logf("%s: %d kB for %d kB: %v", c.name, memory>>10, len(c.data)>>10, err)
		}
	}
}

// manyTensors is a header of n empty tensors.
func manyTensors(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `,"%d":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}`, i)
	}
	return "{" + b.String()[1:] + "}"
}

// TestHostileSafetensors: headers of far more than a file of their size needs are refused with no more than four times
// the file and the allowance for 2048 tensors. What may be written may be read.
func TestHostileSafetensors(t *testing.T) {
	const allowance = 4 << 20
	var keys strings.Builder
	for i := range 100_000 {
		fmt.Fprintf(&keys, `,"%d":""`, i)
	}
	long := strings.Repeat("n", 4<<20)
	for name, header := range map[string]string{
		"100000 tensors":  manyTensors(100_000),
		"100000 metadata": `{"__metadata__":{` + keys.String()[1:] + "}}",
		"a long text":     `{"__metadata__":{"a":"` + long + `"}}`,
		"a long name":     `{"` + long + `":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}`,
		"a long number": `{"a":{"dtype":"U8","shape":[1` + strings.Repeat("0", 4<<20) +
			`],"data_offsets":[0,0]}}`,
		"a long escaped text": `{"__metadata__":{"a":"` + strings.Repeat(`\"`, 2<<20) + `"}}`,
	} {
		data := raw(header, "")
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := Read(bytes.NewReader(data), int64(len(data)))
		runtime.ReadMemStats(&after)
		if !errors.Is(err, ErrCorrupt) || strings.Contains(err.Error(), "\n") || len(err.Error()) > 500 {
			t.Errorf("%s: error %.1000v, want one line of ErrCorrupt", name, err)
		}
		if memory := after.TotalAlloc - before.TotalAlloc; memory > 4*uint64(len(data))+allowance {
			t.Errorf("%s: %d kB of memory for a file of %d kB", name, memory>>10, len(data)>>10)
		}
	}
	sound := raw(manyTensors(freeTensors), "")
	if f, err := Read(bytes.NewReader(sound), int64(len(sound))); err != nil || len(f.Tensors) != freeTensors {
		t.Errorf("%d tensors: %v", freeTensors, err)
	}
	var tensors []Tensor
	for i := range 100_000 {
		tensors = append(tensors, Tensor{Name: fmt.Sprint(i), DType: dtypes.Uint8, Shape: []int{0}})
	}
	for name, f := range map[string]File{"tensors": {Tensors: tensors},
		"text": {Metadata: map[string]string{"a": long}}, "name": {Tensors: []Tensor{{long, dtypes.Uint8, []int{0},
			nil}}}} {
		if _, err := f.WriteTo(io.Discard); err == nil {
			t.Errorf("%s: written, and couldn't be read", name)
		}
	}
}
