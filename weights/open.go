package weights

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"

	"github.com/amgen/amgen/internal/sniff"
)

// Names of the formats that Open tells apart.
const (
	FormatSafetensors = "safetensors"
	FormatPyTorch     = "pytorch"
)

// Open is ReadContents without what a PyTorch file holds beside tensors.
func Open(path string) (file File, format string, err error) {
	c, err := ReadContents(path)
	return c.File, c.Format, err
}

// ReadContents reads a file of tensors in any format that this package knows, which it tells by the first bytes:
// safetensors, or what torch.save wrote. See Read and ParsePyTorch for what is checked. Errors wrap [ErrCorrupt] for a
// damaged file and [ErrUnsupported] for one of another kind, which they name.
func ReadContents(path string) (Contents, error) {
	head, err := headOf(path, "safetensors or PyTorch file")
	if err != nil {
		return Contents{}, err
	}
	if isPyTorch(head) {
		return readPyTorchFile(path)
	}
	file, err := ReadFile(path)
	return Contents{File: file, Format: FormatSafetensors}, err
}

// isPyTorch tells a zip archive or a pickle of protocol 2 to 5 by its first bytes. A safetensors file has its header's
// length there, and then the header.
func isPyTorch(head []byte) bool {
	if len(head) > 8 && head[8] == '{' {
		return false
	}
	return bytes.HasPrefix(head, []byte("PK\x03\x04")) || bytes.HasPrefix(head, []byte(torchMagicLine)) ||
		len(head) > 2 && head[0] == 0x80 && head[1] >= 2 && head[1] <= 5 && head[2] != 0
}

// headOf is the first bytes of a regular file, unless they are those of a file of another kind.
func headOf(path, kind string) ([]byte, error) {
	f, size, err := openRegular(path, kind)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	head, err := io.ReadAll(io.LimitReader(f, sniff.Length))
	if err != nil {
		return nil, fmt.Errorf("weights: file %s, got %w; make it readable", path, err)
	}
	return head, foreign(head, size, path)
}

// foreign is an error for a file of another kind than this package reads, which it names.
func foreign(head []byte, size int64, path string) error {
	if len(head) > 8 && head[8] == '{' || bytes.HasPrefix(head, []byte("PK\x03\x04")) || isPyTorch(head) {
		return nil
	}
	what, do := sniff.Name(head)
	switch {
	case size == 0 || what == "a file of zeros":
		return fmt.Errorf("weights: %w: file %s, got %s; %s", ErrCorrupt, path, what, do)
	case what != "":
		return fmt.Errorf("weights: %w: file %s, got %s; %s", ErrUnsupported, path, what,
			cmp.Or(do, "name a safetensors or PyTorch file"))
	}
	for _, other := range otherFormats {
		if other.pattern.MatchString(filepath.Base(path)) {
			return fmt.Errorf("weights: %w: file %s, got %s; save the weights as safetensors or as a PyTorch state "+
				"dictionary", ErrUnsupported, path, other.what)
		}
	}
	return nil
}

// otherFormats are files of weights that have no first bytes of their own.
var otherFormats = []struct {
	pattern *regexp.Regexp
	what    string
}{
	{regexp.MustCompile(`\.data-\d+-of-\d+$|\.ckpt-\d+(\.(index|meta))?$|\.(index|meta)$|^checkpoint$`),
		"a part of a TensorFlow checkpoint"},
	{regexp.MustCompile(`\.pb$`), "a graph of TensorFlow"},
	{regexp.MustCompile(`\.onnx$`), "an ONNX model"},
	{regexp.MustCompile(`\.msgpack$`), "a checkpoint of Flax"},
	{regexp.MustCompile(`\.(mlmodel|mlpackage)$`), "a Core ML model"},
	{regexp.MustCompile(`\.npz?$`), "no array of NumPy, as its name promises"},
}

// openRegular opens a file, of a kind that errors name, and tells its size. What is no regular file isn't opened: a
// pipe would wait for whoever writes to it.
func openRegular(path, kind string) (f *os.File, size int64, err error) {
	check := func(st os.FileInfo, err error) error {
		switch {
		case err != nil:
			return fmt.Errorf("weights: file, got %w; name a %s that can be read", err, kind)
		case st.IsDir():
			return fmt.Errorf("weights: file %s, got a directory; name a %s, of a run one that `amgen weights "+
				"export` wrote", path, kind)
		case !st.Mode().IsRegular():
			return fmt.Errorf("weights: file %s, got none on a disk but %s; name a %s", path, st.Mode().Type(), kind)
		}
		return nil
	}
	if err := check(os.Stat(path)); err != nil {
		return nil, 0, err
	}
	if f, err = os.Open(path); err != nil {
		return nil, 0, check(nil, err)
	}
	st, err := f.Stat() // of what was opened, should another have come in its place
	if err = check(st, err); err != nil {
		f.Close()
		return nil, 0, err
	}
	return f, st.Size(), nil
}

// ReadManifest reads and verifies the manifest of the checkpoint in the folder path, and nothing else of it; hash is
// that of the whole checkpoint. Errors wrap [ErrCorrupt] for one that is damaged or not there.
func ReadManifest(path string) (m Manifest, hash string, err error) {
	return readManifest(filepath.Join(path, manifestFile))
}
