package weights

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// kinds are the files that testdata/kinds.py made with PyTorch 1.13, by their names without the ending.
func kinds(t testing.TB) map[string][]byte {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", "kinds.tar.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	unpacked, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for archive := tar.NewReader(unpacked); ; {
		h, err := archive.Next()
		if err == io.EOF {
			return files
		}
		if err != nil {
			t.Fatal(err)
		}
		if files[strings.TrimSuffix(h.Name, ".pt")], err = io.ReadAll(archive); err != nil {
			t.Fatal(err)
		}
	}
}

// TestPyTorchBeside: the tensor (0, ½, 1) is read whatever lies beside it, which is named where it is more than
// numbers.
func TestPyTorchBeside(t *testing.T) {
	leftOut := map[string]LeftOut{
		"namespace":    {What: "an object of class argparse.Namespace"},
		"device":       {What: "an object of class torch.device"},
		"dtype":        {What: "an object of class torch.bfloat16"},
		"size":         {What: "an object of class torch.Size"},
		"numpy-scalar": {What: "a number of NumPy"},
		"numpy-array":  {What: "an array of NumPy"},
		"dataclass":    {What: "an object of class __main__.Config"},
		"subclass":     {What: "an object of class __main__.Names", Tensors: 1},
		"enum":         {What: "an object of class __main__.Mode"},
		"set":          {What: "an object of class __builtin__.set"},
		"counter":      {What: "an object of class collections.Counter"},
		"module":       {What: "a whole module of class __main__.Net", Tensors: 2},
		"complex":      {What: "a tensor that isn't read (torch.ComplexFloatStorage)", Tensors: 1},
		"quantised":    {What: "a tensor that isn't read (torch._utils._rebuild_qtensor)", Tensors: 1},
		"sparse":       {What: "a tensor that isn't read (torch._utils._rebuild_sparse_tensor)", Tensors: 1},
		"stream":       {What: "an object of class argparse.Namespace"},
	}
	others := map[string][]float32{"attributes": {0, 0.5, 1}, "default": {1, 1.5, 2}}
	read := 0
	for name, data := range kinds(t) {
		kind, beside := strings.CutPrefix(name, "beside-")
		if !beside && !strings.HasPrefix(name, "protocol") {
			continue
		}
		read++
		c, err := parsePyTorch(data)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		got := map[string][]float32{}
		for _, tensor := range c.Tensors {
			got[strings.TrimSuffix(tensor.Name, ".0.exp_avg")] = floats(tensor)
		}
		want := map[string][]float32{"weight": {0, 0.5, 1}}
		if values, ok := others[kind]; ok {
			want["other"] = values
		}
		delete(got, map[string]string{"generator": "other"}[kind])
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		var list []LeftOut
		if l, ok := leftOut[kind]; ok && beside {
			l.Name = "other"
			list = []LeftOut{l}
		}
		switch kind {
		case "stream":
			list = append([]LeftOut{{"complex", leftOut["complex"].What, 1}}, list...)
		case "tuple-key":
			list = []LeftOut{{"other", "an entry whose key is a float", 0}} // (1, 2): 3 is a number
		}
		if diff := cmp.Diff(list, c.LeftOut); diff != "" {
			t.Errorf("%s: left out: %s", name, diff)
		}
	}
	if read < 28 {
		t.Errorf("%d files were read", read)
	}
}

// TestPyTorchUnsupported: an intact file without tensors to read isn't called corrupt, and the error says what it is.
func TestPyTorchUnsupported(t *testing.T) {
	files := kinds(t)
	for name, says := range map[string]string{
		"no-module": "whole module of class __main__.Net", "no-module-stream": "whole module of class __main__.Net",
		"no-tensor-dict": `("model")`,
		"no-subclass":    "__main__.Names", "no-lone-tensor": "one tensor", "no-script": "TorchScript",
		"no-pickle":     "another pickle",
		"no-old-pickle": "another pickle", "no-old-stream": "protocol 1", "no-npz": `"weight.npy"`,
	} {
		_, err := ParsePyTorch(files[name])
		if !errors.Is(err, ErrUnsupported) || errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), says) ||
			!strings.Contains(err.Error(), "state_dict") {
			t.Errorf("%s: error %v, want one that says %q and what to save", name, err, says)
		}
	}
}

// TestPyTorchRunsNothing: what could run a program is refused by its name, in GLOBAL and in STACK_GLOBAL.
func TestPyTorchRunsNothing(t *testing.T) {
	for class, refused := range map[string]bool{
		"os system": true, "posix system": true, "builtins eval": true, "__builtin__ exec": true,
		"subprocess Popen": true, "runpy run_path": true,
		"torch.hub load": true, "torch load": true, "importlib import_module": true, "os.path join": true,
		"builtins set": false, "argparse Namespace": false, "mypackage.os Config": false,
	} {
		module, name, _ := strings.Cut(class, " ")
		arguments := "(" + text("echo") + "tR"
		for form, program := range map[string]string{
			"GLOBAL": "c" + module + "\n" + name + "\n",
			"STACK_GLOBAL": "\x8c" + string(rune(len(module))) + module + "\x8c" + string(rune(len(name))) + name +
				"\x93",
		} {
			tensor := tensorOf("a", 2, "K\x00", "K\x02", "K\x01")
			_, err := ParsePyTorch(stream(tensor+text("b")+program+arguments+"s", 2, make([]byte, 8)))
			if (err != nil) != refused || refused && !strings.Contains(err.Error(), module+"."+name) {
				t.Errorf("%s of %s: error %v, want one: %t", form, class, err, refused)
			}
		}
	}
}

// TestOpenNamesOthers: what is no file of tensors is named, with what to do; it is unsupported, or, of an empty one,
// damaged.
func TestOpenNamesOthers(t *testing.T) {
	dir := t.TempDir()
	tarred := append([]byte("model.pt"), make([]byte, 504)...)
	copy(tarred[257:], "ustar\x0000")
	for name, c := range map[string]struct {
		content, says string
		is            error
	}{
		"lfs.safetensors": {"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 553\n",
			"`git lfs pull`", ErrUnsupported},
		"page.pt": {"<!doctype html><html><title>Sign in</title>", "an HTML page",
			ErrUnsupported},
		"error.safetensors":              {`{"error":"Repository not found"}`, "a JSON text", ErrUnsupported},
		"model.pt.tar":                   {string(tarred), "a tar archive", ErrUnsupported},
		"model.pt.gz":                    {"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03", "gzip", ErrUnsupported},
		"empty.pt":                       {"", "an empty file", ErrCorrupt},
		"zeros.safetensors":              {strings.Repeat("\x00", 4096), "a file of zeros", ErrCorrupt},
		"model.h5":                       {"\x89HDF\r\n\x1a\n\x00\x00\x00\x00\x00\x08\x08\x00", "HDF5", ErrUnsupported},
		"model.gguf":                     {"GGUF\x03\x00\x00\x00\x00\x00\x00\x00", "GGUF", ErrUnsupported},
		"model.ckpt.data-00000-of-00001": {"\x9a\x99\x19\x3e\x9a\x99\x19\x3e\x9a", "TensorFlow", ErrUnsupported},
		"model.ckpt-1000.index":          {"\x00\x00\x1b\x08\x01\x1a\x02\x08\x01\x00", "TensorFlow", ErrUnsupported},
		"model.onnx":                     {"\x08\x07\x12\x07pytorch", "ONNX", ErrUnsupported},
	} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(c.content), 0o644); err != nil {
			t.Fatal(err)
		}
		for reader, read := range map[string]func(string) error{
			"Open":            func(path string) error { _, _, err := Open(path); return err },
			"ReadFile":        func(path string) error { _, err := ReadFile(path); return err },
			"ReadPyTorchFile": func(path string) error { _, err := ReadPyTorchFile(path); return err },
		} {
			err := read(path)
			if !errors.Is(err, c.is) || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "\n") {
				t.Errorf("%s of %s: error %v, want %v that says %q", reader, name, err, c.is, c.says)
			}
		}
	}
}

// TestUnsupportedTypes: a type that the format has and amgen doesn't is no damage.
func TestUnsupportedTypes(t *testing.T) {
	for _, name := range []string{"F8_E4M3", "F8_E5M2", "F8_E8M0", "F4", "C64"} {
		_, err := readTensorsOf(raw(`{"a":{"dtype":"`+name+`","shape":[1],"data_offsets":[0,8]}}`, "01234567"))
		if !errors.Is(err, ErrUnsupported) || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: error %v", name, err)
		}
	}
	if _, err := readTensorsOf(raw(`{"a":{"dtype":"F23","shape":[1],"data_offsets":[0,8]}}`,
		"01234567")); !errors.Is(err, ErrCorrupt) {
		t.Errorf("no type: error %v", err)
	}
}

// TestSparseFiles: a file that claims more than the machine has is refused, not tried.
func TestSparseFiles(t *testing.T) {
	const size = 100 << 40
	dir := t.TempDir()
	header := `{"a":{"dtype":"U8","shape":[109951162777600],"data_offsets":[0,109951162777600]}}`
	for name, head := range map[string][]byte{"a.safetensors": raw(header, ""),
		"a.pt": []byte("\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.")} {
		path := filepath.Join(dir, name)
		f, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err = f.Write(head); err == nil {
			err = f.Truncate(int64(len(head)) + size)
		}
		if err = errors.Join(err, f.Close()); err != nil {
			t.Skip(err) // no sparse files of that size here
		}
		if _, _, err := Open(path); err == nil || !strings.Contains(err.Error(), "memory") {
			t.Errorf("%s: error %v", name, err)
		}
	}
}
