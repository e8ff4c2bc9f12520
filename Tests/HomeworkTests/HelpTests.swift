import Testing

/// The end of the help of every exercise, of every course and of all.
let sharedOptions = """
    --seed <seed>           Seed of all random numbers. (default: 0)
    --threads <threads>     Threads that compute (default: all processors).
    --data <data>           Folder with the data sets (default: NEURAL_DATA, ./data or
                            ~/.cache/neural).
    --out <out>             Folder for figures and weights; each exercise has its own in it.
                            (default: out)
    --report <report>       Folder for a report: index.html and the figures.
    --quick                 Fewer epochs and settings: a trial in seconds. Ranges are not judged.
    --json                  Print one JSON document in place of text.
    --no-figures            Draw no figures.
    -h, --help              Show help information.
  """

@Suite("homework --help") struct HelpTests {
  @Test("the root's, each tool's and a course's help, to the letter", arguments: HelpTests.texts)
  func help(command: String, text: String) throws {
    let run = try homework(command.split(separator: " ").map(String.init) + ["--help"])
    #expect(run.status == 0 && run.errors.isEmpty)
    #expect(run.output == text)
  }

  @Test("no command shows the root's help")
  func nothing() throws {
    let run = try homework([])
    #expect(run.status == 0 && run.output == HelpTests.texts[0].1)
  }

  static let texts = [
    (
      "",
      """
      OVERVIEW: Course exercises on convolution, back-propagation and LeNet, reproduced with Neural.

      USAGE: homework <subcommand>

      OPTIONS:
        -h, --help              Show help information.

      SUBCOMMANDS:
        list                    Show the exercises.
        all                     Run every exercise.
        train                   Train a network on a data set of your own.
        predict                 Say what is on PNG images.
        data                    Download data sets, and show which are there.
        ece281                  Back-propagation by hand, and a network for MNIST under noise.
        ece285                  Tensors, autograd and LeNet on MNIST.
        dlcv                    Linear and two-layer classifiers, back-propagation by hand, and
                                convolution.
        mfdnn                   Convolutions as filters, back-propagation by layers, LeNet-5.
        ece661                  Adalines, back-propagation, convolution, LMS and a simple network.

        See 'homework help <subcommand>' for detailed help.

      """
    ),
    (
      "list",
      """
      OVERVIEW: Show the exercises.

      USAGE: homework list

      OPTIONS:
        -h, --help              Show help information.


      """
    ),
    (
      "all",
      """
      OVERVIEW: Run every exercise.

      One that fails does not stop the others; the exit status is 0 if all rows that must hold do.

      USAGE: homework all [--courses <courses> ...] [--seed <seed>] [--threads <threads>] [--data <data>] [--out <out>] [--report <report>] [--quick] [--json] [--no-figures]

      OPTIONS:
        --courses <courses>     Only these courses.
      \(sharedOptions)


      """
    ),
    (
      "train",
      """
      OVERVIEW: Train a network on a data set of your own.

      DIR holds IDX files (…train…images-idx3…, …test… or …t10k…, and their labels), CIFAR-10's batches,
      or PNG files in a folder per class: DIR/train/CLASS and DIR/test/CLASS. Where nothing is set apart
      to test on, a fifth is. Images are stretched to the size that the network takes, and made grey or
      coloured.

      USAGE: homework train --model <model> --data <dir> [--out <out>] [--resize <size>] [--classes <names>] [--epochs <epochs>] [--batch-size <batch-size>] [--lr <lr>] [--seed <seed>] [--threads <threads>]

      OPTIONS:
        --model <model>         The network. (values: lenet, lenet5, mnist-cnn, mlp, linear, simplenn)
        --data <dir>            The data set's folder.
        --out <out>             Where the weights go (default: MODEL.safetensors).
        --resize <size>         Resize images of a folder, such as 28x28.
        --classes <names>       Names of the classes, in the order of their labels: shirt,shoe,bag
        --epochs <epochs>       Passes over the training data. (default: 5)
        --batch-size <batch-size>
                                Images in a batch. (default: 64)
        --lr <lr>               Learning rate of Adam. (default: 0.001)
        --seed <seed>           Seed of all random numbers. (default: 0)
        --threads <threads>     Threads that compute (default: all processors).
        -h, --help              Show help information.


      """
    ),
    (
      "predict",
      """
      OVERVIEW: Say what is on PNG images.

      The weights are those that `homework train` saves, or an exercise. If their classes are called by
      one character each, the images are written characters, of any size, dark on bright or bright on
      dark: they are brought to the form of MNIST's images first. Other images are stretched to the size
      that the network takes.

      USAGE: homework predict --weights <weights> [--figure <figure>] <images> ...

      ARGUMENTS:
        <images>                PNG files.

      OPTIONS:
        --weights <weights>     The weights, a safetensors file.
        --figure <figure>       Draw the images, as the network sees them, with the answers: a .png or
                                .svg file.
        -h, --help              Show help information.


      """
    ),
    (
      "data",
      """
      OVERVIEW: Download data sets, and show which are there.

      USAGE: homework data <subcommand>

      OPTIONS:
        -h, --help              Show help information.

      SUBCOMMANDS:
        fetch                   Download a data set: checked, resumed where it stopped, unpacked.
        list                    Show which data sets are found where.

        See 'homework help data <subcommand>' for detailed help.

      """
    ),
    (
      "data fetch",
      """
      OVERVIEW: Download a data set: checked, resumed where it stopped, unpacked.

      USAGE: homework data fetch <name> [--dir <dir>] [--mirror <url> ...]

      ARGUMENTS:
        <name>                  mnist (12 MB) or cifar10 (170 MB). (values: mnist, cifar10)

      OPTIONS:
        --dir <dir>             The data folder (default: NEURAL_DATA or ~/.cache/neural).
        --mirror <url>          Ask this server, an http or https address; more than once for more.
        -h, --help              Show help information.


      """
    ),
    (
      "data list",
      """
      OVERVIEW: Show which data sets are found where.

      USAGE: homework data list [--dir <dir>]

      OPTIONS:
        --dir <dir>             Look in this folder only (default: NEURAL_DATA, ./data and
                                ~/.cache/neural).
        -h, --help              Show help information.


      """
    ),
    (
      "ece661",
      """
      OVERVIEW: Adalines, back-propagation, convolution, LMS and a simple network.

      Runs one exercise, or without its name all of them. `homework ece661 <exercise> --help` shows its
      options.

      USAGE: homework ece661 [<exercise>] [<options>]

      OPTIONS:
      \(sharedOptions)

      SUBCOMMANDS:
        adaline                 Logic functions of Adalines, and XOR of a Madaline.
        backprop                Gradients of a two-layer network by Kronecker products, autograd,
                                differences.
        convolution             A 3×3 kernel over a small matrix and over an image.
        lms                     Linear regression: Wiener's solution and the LMS algorithm.
        simplenn                A small convolutional network: shapes, parameters, multiplications,
                                gradients.
        shape-rule              The size of a convolution's output, against the layer.

        See 'homework help ece661 <subcommand>' for detailed help.

      """
    ),
  ]
}
