"""The public data sets that the examples read.

Checksums are of the publishers' own files: sha256, or the md5 that GroupLens and Zenodo print beside a file. Addresses
are the publishers' and may change; then the page says where the file went, and `--from` takes it.
"""

from __future__ import annotations

from casestudies.datasets.record import DataFile, DataSet
from casestudies.datasets.workbook import second_row_as_header
from casestudies.errors import UsageError, nearest, shown

_GROUPLENS = "GroupLens, University of Minnesota"
_HARPER = "F. M. Harper and J. A. Konstan (2015), The MovieLens Datasets: History and Context, ACM TiiS 5(4):19"
_RESEARCH = "research use; no redistribution and no commercial use without GroupLens' permission"
_UCI = "UCI Machine Learning Repository"
_MEDMNIST = "J. Yang et al. (2023), MedMNIST v2, Scientific Data 10:41"

_MOVIELENS_100K = DataSet(
    name="movielens_100k",
    study="recommendation",
    title="MovieLens 100K: ratings of films, 1997 and 1998",
    rows=100_000,
    row="ratings",
    publisher=_GROUPLENS,
    citation=_HARPER,
    licence=_RESEARCH,
    page="https://grouplens.org/datasets/movielens/100k/",
    folder="ml-100k",
    files=(
        DataFile(
            "u.data",
            "sha256:06416e597f82b7342361e41163890c81036900f418ad91315590814211dca490",
            1_979_173,
            "ml-100k/u.data",
        ),
        DataFile(
            "u.item",
            "sha256:553841ebc7de3a0fd0d6b62a204ea30c1e651aacfb2814c7a6584ac52f2c5701",
            236_344,
            "ml-100k/u.item",
        ),
        DataFile(
            "README",
            "sha256:4883b8cf340ed0059971b33f56ad3adc88a40792108ebca3d24aafc4c82e8b52",
            6_750,
            "ml-100k/README",
        ),
    ),
    address="https://files.grouplens.org/datasets/movielens/ml-100k.zip",
    archive=DataFile("ml-100k.zip", "md5:0e33842e24a9c977be4e0107933c0723", 4_924_029),
)

_MOVIELENS_1M = DataSet(
    name="movielens_1m",
    study="recommendation",
    title="MovieLens 1M: ratings of films, 2000 to 2003",
    rows=1_000_209,
    row="ratings",
    publisher=_GROUPLENS,
    citation=_HARPER,
    licence=_RESEARCH,
    page="https://grouplens.org/datasets/movielens/1m/",
    folder="ml-1m",
    files=(
        DataFile(
            "ratings.dat",
            "sha256:506d64ca44484487c11dc2d9a28de5c54948213e6b96285e298afe28d6ea4e0f",
            24_594_131,
            "ml-1m/ratings.dat",
        ),
        DataFile(
            "movies.dat",
            "sha256:0140fc2356357c1a851d0f52e893a1e4d3696df632c4141cea8d5bc3d621f0b9",
            171_308,
            "ml-1m/movies.dat",
        ),
        DataFile(
            "users.dat",
            "sha256:1dc3a95300cb19f7c10e027daf29b8cdf1d908dab65b5edfb45950aa389a10a3",
            134_368,
            "ml-1m/users.dat",
        ),
    ),
    address="https://files.grouplens.org/datasets/movielens/ml-1m.zip",
    archive=DataFile("ml-1m.zip", "md5:c4d9eecfca2ab87c1945afe126590906"),
)

_GERMAN_CREDIT = DataSet(
    name="german_credit",
    study="credit",
    title="Statlog (German Credit Data)",
    rows=1_000,
    row="loans",
    publisher=_UCI,
    citation="H. Hofmann (1994), Statlog (German Credit Data), doi 10.24432/C5NC77",
    licence="CC BY 4.0",
    page="https://archive.ics.uci.edu/dataset/144/statlog+german+credit+data",
    folder="german_credit",
    files=(DataFile("german.data", "sha256:b21f3d81db8071257d5ff1deaeba1fd4303b62712e6fcc9715c7a86202cb5871", 79_793),),
    address="https://archive.ics.uci.edu/static/public/144/statlog+german+credit+data.zip",
    archive=DataFile(
        "statlog+german+credit+data.zip",
        "sha256:e12d9d5def6845c0622634a1cd2ab87fa470668c4298f1ec52a4e403376a435b",
        29_607,
    ),
)

_TAIWAN_DEFAULT = DataSet(
    name="taiwan_default",
    study="credit",
    title="Default of credit card clients, Taiwan 2005",
    rows=30_000,
    row="clients",
    publisher=_UCI,
    citation="I-C. Yeh (2009), Default of Credit Card Clients, doi 10.24432/C55S3H",
    licence="CC BY 4.0",
    page="https://archive.ics.uci.edu/dataset/350/default+of+credit+card+clients",
    folder="taiwan_default",
    files=(
        DataFile(
            "default of credit card clients.xls",
            "sha256:30c6be3abd8dcfd3e6096c828bad8c2f011238620f5369220bd60cfc82700933",
            5_539_328,
        ),
    ),
    address="https://archive.ics.uci.edu/static/public/350/default+of+credit+card+clients.zip",
    archive=DataFile(
        "default+of+credit+card+clients.zip",
        "sha256:56c885f84457f6680f8438f02bfcdac9579323d8a94465ee5f26e32baa727602",
        5_539_494,
    ),
    made=(("credit_card_clients.csv", second_row_as_header),),
)

_TELCO_CHURN = DataSet(
    name="telco_churn",
    study="churn",
    title="Telco customer churn, IBM sample data",
    rows=7_043,
    row="customers",
    publisher="IBM",
    citation="IBM sample data, repository telco-customer-churn-on-icp4d",
    licence="sample data; the repository that holds them is under Apache-2.0",
    page="https://github.com/IBM/telco-customer-churn-on-icp4d",
    folder="telco_churn",
    files=(
        DataFile(
            "WA_Fn-UseC_-Telco-Customer-Churn.csv",
            (
                "sha256:16320c9c1ec72448db59aa0a26a0b95401046bef5d02fd3aeb906448e3055e91",  # IBM's: lines end in LF
                "sha256:88be4b93fbe0cc83421af1c503794c97c342eca914c1576db7c276e61d61358a",  # Kaggle's: in CR LF
            ),
        ),
    ),
    address="https://raw.githubusercontent.com/IBM/telco-customer-churn-on-icp4d/master/data/Telco-Customer-Churn.csv",
)

_BREASTMNIST = DataSet(
    name="breastmnist",
    study="imaging",
    title="BreastMNIST: ultrasound of the breast, 28 x 28 pixels",
    rows=780,
    row="images",
    publisher="MedMNIST, on Zenodo",
    citation=f"{_MEDMNIST}; W. Al-Dhabyani et al. (2020), Data in Brief 28:104863",
    licence="CC BY 4.0",
    page="https://zenodo.org/records/10519652",
    folder="breastmnist",
    files=(DataFile("breastmnist.npz", "md5:750601b1f35ba3300ea97c75c52ff8f6"),),
    address="https://zenodo.org/records/10519652/files/breastmnist.npz?download=1",
)

_PNEUMONIAMNIST = DataSet(
    name="pneumoniamnist",
    study="imaging",
    title="PneumoniaMNIST: chest films of children, 28 x 28 pixels",
    rows=5_856,
    row="films",
    publisher="MedMNIST, on Zenodo",
    citation=f"{_MEDMNIST}; D. S. Kermany et al. (2018), Cell 172:1122",
    licence="CC BY 4.0",
    page="https://zenodo.org/records/10519652",
    folder="pneumoniamnist",
    files=(DataFile("pneumoniamnist.npz", "md5:28209eda62fecd6e6a2d98b1501bb15f"),),
    address="https://zenodo.org/records/10519652/files/pneumoniamnist.npz?download=1",
)

_ULB_CREDITCARD = DataSet(
    name="ulb_creditcard",
    study="fraud",
    title="Credit card fraud, two days of September 2013",
    rows=284_807,
    row="payments",
    publisher="Worldline and the Machine Learning Group of ULB, on Kaggle",
    citation="A. Dal Pozzolo, O. Caelen, R. Johnson and G. Bontempi (2015), IEEE SSCI",
    licence="Database Contents License (DbCL) 1.0",
    page="https://www.kaggle.com/datasets/mlg-ulb/creditcardfraud",
    folder="ulb_creditcard",
    files=(
        DataFile(
            "creditcard.csv", "sha256:76274b691b16a6c49d3f159c883398e03ccd6d1ee12d9d8ee38f4b4b98551a89", 150_828_752
        ),
    ),
)

DATA_SETS = {
    found.name: found
    for found in (
        _GERMAN_CREDIT,
        _TAIWAN_DEFAULT,
        _TELCO_CHURN,
        _ULB_CREDITCARD,
        _BREASTMNIST,
        _PNEUMONIAMNIST,
        _MOVIELENS_100K,
        _MOVIELENS_1M,
    )
}


def data_set(name: str) -> DataSet:
    """The data set of that name; a hyphen does for an underscore.

    Raises
    ------
    UsageError: there is none; the nearest names are given.
    """
    found = DATA_SETS.get(name.replace("-", "_").lower())
    if found is None:
        raise UsageError(f"there is no data set {shown(name)}", where="NAME", advice=nearest(name, DATA_SETS))
    return found
