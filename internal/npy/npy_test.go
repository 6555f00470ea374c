package npy_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	library "github.com/sbinet/npyio/npy"
	"gonum.org/v1/gonum/mat"

	"github.com/amgen/amgen/internal/npy"
)

// raw is a NumPy file with any header.
func raw(header string, body []byte) []byte {
	return append([]byte("\x93NUMPY\x01\x00"+string([]byte{byte(len(header)), byte(len(header) >> 8)})+header), body...)
}

func head(descr, order, shape string) string {
	return fmt.Sprintf("{'descr': '%s', 'fortran_order': %s, 'shape': (%s), }\n", descr, order, shape)
}

// Every type that is read, in both byte orders and both orders of axes.
func TestTypes(t *testing.T) {
	for descr, one := range map[string]string{ // 1, the least byte first
		"b1": "\x01", "i1": "\x01", "u1": "\x01", "i2": "\x01\x00", "u2": "\x01\x00", "i4": "\x01\x00\x00\x00",
		"u4": "\x01\x00\x00\x00", "i8": "\x01\x00\x00\x00\x00\x00\x00\x00", "u8": "\x01\x00\x00\x00\x00\x00\x00\x00",
		"f4": "\x00\x00\x80\x3f", "f8": "\x00\x00\x00\x00\x00\x00\xf0\x3f",
	} {
		marks := "<>"
		if len(one) == 1 {
			marks = "|"
		}
		for _, mark := range marks {
			var body []byte
			for _, v := range []int{0, 1, 1, 0, 0, 1} {
				number := []byte(strings.Repeat("\x00", len(one)))
				for i := range number {
					if v == 1 && mark == '>' {
						number[i] = one[len(one)-1-i]
					} else if v == 1 {
						number[i] = one[i]
					}
				}
				body = append(body, number...)
			}
			for order, want := range map[string][]float64{"False": {0, 1, 1, 0, 0, 1}, "True": {0, 1, 0, 1, 0, 1}} {
				shape, got, err := npy.Parse(raw(head(string(mark)+descr, order, "2, 3"), body))
				if err != nil {
					t.Errorf("%c%s: %v", mark, descr, err)
					continue
				}
				if diff := cmp.Diff(want, got) + cmp.Diff([]int{2, 3}, shape); diff != "" {
					t.Errorf("%c%s, Fortran order %s:\n%s", mark, descr, order, diff)
				}
			}
		}
	}
	// Signs and sizes.
	for descr, tc := range map[string]struct {
		body string
		want float64
	}{
		"|i1": {"\xff", -1}, "|u1": {"\xff", 255}, "<i2": {"\xfe\xff", -2}, "<u2": {"\xfe\xff", 65534},
		">i4": {"\xff\xff\xff\xfd", -3},
		"<i8": {"\xfc\xff\xff\xff\xff\xff\xff\xff", -4}, "<f4": {"\x00\x00\xc0\x7f", math.NaN()},
	} {
		if _, got, err := npy.Parse(raw(head(descr, "False", ""), []byte(tc.body))); err != nil ||
			!cmp.Equal([]float64{tc.want}, got, cmp.Comparer(same)) {
			t.Errorf("%s: %v %v, want %g", descr, got, err, tc.want)
		}
	}
}

// same is equality of which NaN is part.
func same(a, b float64) bool { return a == b || a != a && b != b }

// Headers that lie, or are of what isn't numbers.
func TestBad(t *testing.T) {
	body := make([]byte, 32)
	for name, tc := range map[string]struct {
		data []byte
		says string
	}{
		"empty":        {nil, "no NumPy array"},
		"text":         {[]byte("1,2,3\n4,5,6\n7,8,9\n"), "no NumPy array"},
		"version 9":    {[]byte("\x93NUMPY\x09\x00ab{}\n   "), "format 9"},
		"long header":  {[]byte("\x93NUMPY\x01\x00\xff\xff{'descr'}"), "header of 65535 bytes"},
		"4 GiB header": {[]byte("\x93NUMPY\x02\x00\xff\xff\xff\xff{'descr'}"), "header of 4294967295 bytes"},
		"no shape":     {raw("{'descr': '<f8', 'fortran_order': False}\n", body), "as NumPy writes it"},
		"objects":      {raw(head("|O", "False", "4,"), body), "type \"|O\""},
		"strings":      {raw(head("<U2", "False", "4,"), body), "type \"<U2\""},
		"structured": {raw("{'descr': [('a', '<f8')], 'fortran_order': False, 'shape': (4,), }\n", body),
			"a structured array"},
		"too long":        {raw(head("<f8", "False", "5,"), body), "1 numbers too few for shape [5]"},
		"too short":       {raw(head("<f8", "False", "3,"), body), "more data than shape [3]"},
		"absurd":          {raw(head("<f8", "False", "4000000000, 4000000000"), body), "beyond the"},
		"overflow":        {raw(head("<f8", "False", "99999999999999999999"), body), "beyond the"},
		"wraps to 4":      {raw(head("<f8", "False", "4611686018427387904, 4, 1"), body), "beyond the"},
		"zero and absurd": {raw(head("<f8", "False", "0, 99999999999"), nil), "beyond the"},
		"commas":          {raw(head("<f8", "False", ",,,"), body), "as NumPy writes it"},
	} {
		_, _, err := npy.Parse(tc.data)
		checkError(t, name, err, tc.says)
	}
	for name, tc := range map[string]struct {
		data []byte
		says string
	}{
		"text":    {[]byte("0,1\n"), "no .npz"},
		"empty":   {archiveOf(t), `no array "a", but nothing`},
		"missing": {archiveOf(t, npy.Array{Name: "b", Values: []float64{1}}), `no array "a", but "b"`},
		"bomb":    {packed(t, head("<f8", "False", "8650752,"), make([]byte, 66<<20)), `bytes packed into`},
		"lie":     {packed(t, head("<f8", "False", "16777216,"), make([]byte, 8)), "too few for shape [16777216]"},
		"short": {archiveOf(t, npy.Array{Name: "a", Shape: []int{3}, Values: []float64{1}}),
			`array "a" with 2 numbers too few`},
	} {
		archive, err := npy.OpenArchive(bytes.NewReader(tc.data), int64(len(tc.data)))
		if err == nil {
			_, _, err = npy.Named[float64](archive, "a")
		}
		checkError(t, name, err, tc.says)
	}
}

// TestPacked: an array that is packed small is refused before memory is taken for it, as numbers; its parts can be read
// as long as it is no more than 16 MB there. Masks and labels of 2 million numbers can be, whatever they are packed
// into, and more of what packs less well.
func TestPacked(t *testing.T) {
	bits := make([]byte, 4<<20)
	random := rand.New(rand.NewPCG(1, 2))
	for i := range bits {
		bits[i] = byte(random.IntN(2))
	}
	for _, tc := range []struct {
		name  string
		body  []byte
		whole bool
	}{
		{"a mask", make([]byte, 2<<20), true}, {"a larger one", make([]byte, 2<<20+1), false},
		{"far larger", make([]byte, 16<<20-200), false}, {"noise", bits, true},
	} {
		data := packed(t, head("|u1", "False", fmt.Sprint(len(tc.body), ",")), tc.body)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		archive, err := npy.OpenArchive(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			t.Fatal(err)
		}
		_, values, err := npy.Named[float64](archive, "a")
		runtime.ReadMemStats(&after)
		switch memory := after.TotalAlloc - before.TotalAlloc; {
		case tc.whole && (err != nil || len(values) != len(tc.body)):
			t.Errorf("%s of %d bytes: %d numbers, %v", tc.name, len(data), len(values), err)
		case !tc.whole && memory > 4*uint64(len(data))+192<<10:
			t.Errorf("%s: %d kB of memory for %d", tc.name, memory>>10, len(data)>>10)
		case !tc.whole:
			checkError(t, tc.name, err, "save it with numpy.savez")
		}
		r, entry, err := archive.Open("a")
		if err != nil {
			t.Fatal(err)
		}
		defer entry.Close()
		if err := npy.Read(r, make([]float64, 10_000)); err != nil {
			t.Errorf("%s: %v", tc.name, err)
		}
	}
}

// TestManyNames: a list of names far longer than arrays have is refused before it is read.
func TestManyNames(t *testing.T) {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := range 40_000 {
		if _, err := z.CreateHeader(&zip.FileHeader{Name: fmt.Sprint(i, ".npy")}); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := npy.OpenArchive(bytes.NewReader(b.Bytes()), int64(b.Len()))
	runtime.ReadMemStats(&after)
	checkError(t, "40000 names", err, "too long for it")
	if memory := after.TotalAlloc - before.TotalAlloc; memory > 4*uint64(b.Len())+192<<10 {
		t.Errorf("%d kB of memory for %d", memory>>10, b.Len()>>10)
	}
	var few []npy.Array
	for i := range 1000 {
		few = append(few, npy.Array{Name: fmt.Sprint("a", i), Values: []float64{1}})
	}
	data := archiveOf(t, few...)
	if archive, err := npy.OpenArchive(bytes.NewReader(data), int64(len(data))); err != nil ||
		len(archive.Names()) != 1000 {
		t.Errorf("1000 arrays: %v", err)
	}
}

// packed is an archive of the array a, packed.
func packed(t *testing.T, header string, body []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.Create("a.npy")
	if err == nil {
		_, err = w.Write(raw(header, body))
	}
	if err = errors.Join(err, z.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func checkError(t *testing.T, name string, err error, says string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), "\n") {
		t.Errorf("%s: %v, want one line with %q", name, err, says)
	}
}

func archiveOf(t testing.TB, arrays ...npy.Array) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := npy.WriteArchive(&b, arrays...); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// What is written can be read, by this package and by the npyio library; a reader can go in steps.
func TestWriteAndRead(t *testing.T) {
	values := make([]float64, 20_000) // more than goes through at a time
	narrow := make([]float32, len(values))
	for i := range values {
		values[i] = math.Sin(float64(i))
		narrow[i] = float32(values[i])
	}
	data := archiveOf(t, npy.Array{Name: "wide", Shape: []int{100, 200}, Values: values},
		npy.Array{Name: "narrow", Shape: []int{20_000}, Values: narrow})
	archive, err := npy.OpenArchive(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"wide", "narrow"}, archive.Names()); diff != "" || !archive.Has("narrow") ||
		archive.Has("other") {
		t.Error(diff)
	}
	shape, got, err := npy.Named[float64](archive, "wide")
	if diff := cmp.Diff(values, got) + cmp.Diff([]int{100, 200}, shape); err != nil || diff != "" {
		t.Error(err, diff)
	}
	r, entry, err := archive.Open("narrow")
	if err != nil {
		t.Fatal(err)
	}
	defer entry.Close()
	part := make([]float64, 9_999)
	for at := 0; r.Len() > 0; at += len(part) {
		part = part[:min(len(part), r.Len())]
		if err := npy.Read(r, part); err != nil {
			t.Fatal(err)
		}
		for i, v := range part {
			if v != float64(narrow[at+i]) {
				t.Fatalf("number %d is %g, want %g", at+i, v, narrow[at+i])
			}
		}
	}
	if err := r.End(); err != nil {
		t.Error(err)
	}
	if npy.Read(r, part) == nil {
		t.Error("numbers after the end")
	}
	var one bytes.Buffer
	if err := (npy.Array{Shape: []int{100, 200}, Values: values}).Write(&one); err != nil {
		t.Fatal(err)
	}
	var m mat.Dense
	if err := library.Read(&one, &m); err != nil || !mat.Equal(&m, mat.NewDense(100, 200, values)) {
		t.Errorf("the npyio library reads something else: %v", err)
	}
	if (npy.Array{Values: []int{1}}).Write(&one) == nil {
		t.Error("integers: no error")
	}
}

func FuzzParse(f *testing.F) {
	var b bytes.Buffer
	if err := library.Write(&b, mat.NewDense(5, 2, []float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10})); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Add(raw(head(">f4", "True", "2, 2"), make([]byte, 16)))
	f.Add(raw(head("|b1", "False", ""), []byte{1}))
	for _, g := range goldenArrays(f) {
		f.Add(g.File)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		shape, values, err := npy.Parse(data)
		if err != nil {
			checkError(t, "fuzz", err, "")
			return
		}
		count := 1
		for _, d := range shape {
			count *= d
		}
		if len(values) != count {
			t.Errorf("%d values of shape %v", len(values), shape)
		}
	})
}

func FuzzArchive(f *testing.F) {
	f.Add(archiveOf(f, npy.Array{Name: "mu", Shape: []int{2}, Values: []float64{1, 2}}))
	f.Fuzz(func(t *testing.T, data []byte) {
		archive, err := npy.OpenArchive(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			return
		}
		for _, name := range archive.Names() {
			if _, _, err := npy.Named[float64](archive, name); err != nil {
				checkError(t, name, err, "")
			}
		}
	})
}

// TestTypesWanted: numbers read as another type are those read as float64, as far as the type holds them.
func TestTypesWanted(t *testing.T) {
	for _, tc := range []struct{ descr, order string }{{"<f4", "False"}, {">f4", "False"}, {"<f8", "False"},
		{"<f4", "True"}, {"|u1", "False"}, {"<f2", "False"}} {
		size := int(tc.descr[2] - '0')
		body := make([]byte, 6*size)
		for i := range body {
			body[i] = byte(60 + i%3)
		}
		data := raw(head(tc.descr, tc.order, "2, 3"), body)
		_, want, err := npy.Parse(data)
		if err != nil {
			t.Fatal(err)
		}
		open := func() *npy.Reader {
			r, err := npy.NewReader(bytes.NewReader(data))
			if err != nil {
				t.Fatal(err)
			}
			return r
		}
		narrow, err := npy.All[float32](open())
		for i, v := range want {
			if err != nil || narrow[i] != float32(v) {
				t.Errorf("%s: %v (%v), want %v", tc, narrow, err, want)
				break
			}
		}
		levels, err := npy.All[uint8](open())
		if whole := tc.descr == "|u1"; whole != (err == nil) || whole && float64(levels[5]) != want[5] {
			t.Errorf("%s as uint8: %v (%v), want %v", tc, levels, err, want)
		}
	}
}

// TestTexts: texts are written byte for byte as numpy.save writes np.array(["a", "éß", "", "😀x"]).
func TestTexts(t *testing.T) {
	var got bytes.Buffer
	texts := []string{"a", "éß", "", "😀x"}
	if err := (npy.Array{Name: "x", Shape: []int{4}, Values: texts}).Write(&got); err != nil {
		t.Fatal(err)
	}
	want := "\x93NUMPY\x01\x00v\x00{'descr': '<U2', 'fortran_order': False, 'shape': (4,), }" +
		strings.Repeat(" ", 60) + "\na\x00\x00\x00\x00\x00\x00\x00\xe9\x00\x00\x00\xdf\x00\x00\x00" +
		"\x00\x00\x00\x00\x00\x00\x00\x00\x00\xf6\x01\x00x\x00\x00\x00"
	if got.String() != want {
		t.Errorf("%q, want %q", got.String(), want)
	}
}
